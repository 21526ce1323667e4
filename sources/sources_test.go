package sources

import "testing"

func TestHostAddresses(t *testing.T) {
	for _, c := range []struct {
		repo             Repo
		name, page, edit string
	}{
		{Repo{URL: "https://github.com/acme/x", Branch: "main"}, "a b.md", "https://github.com/acme/x/blob/main/a%20b.md", "https://github.com/acme/x/edit/main/a%20b.md"},
		{Repo{URL: "https://gitlab.com/g/s/x", Branch: "f/y", Dir: "sub"}, "a.md", "https://gitlab.com/g/s/x/-/blob/f/y/sub/a.md", "https://gitlab.com/g/s/x/-/edit/f/y/sub/a.md"},
		{Repo{URL: "https://codeberg.org/a/x", Branch: "main"}, "a.md", "https://codeberg.org/a/x/src/branch/main/a.md", "https://codeberg.org/a/x/_edit/main/a.md"},
		{Repo{URL: "https://bitbucket.org/a/x", Branch: "main"}, "a.md", "https://bitbucket.org/a/x/src/main/a.md", "https://bitbucket.org/a/x/src/main/a.md"},
		{Repo{URL: "https://git.acme.example/a/x", Host: "gitlab", Branch: "main"}, "a.md", "https://git.acme.example/a/x/-/blob/main/a.md", "https://git.acme.example/a/x/-/edit/main/a.md"},
		{Repo{URL: "https://github.com/acme/x", Commit: "abc"}, ".", "https://github.com/acme/x/blob/abc", "https://github.com/acme/x/edit/abc"},
		{Repo{URL: "https://github.com/acme/x"}, "a.md", "https://github.com/acme/x/blob/HEAD/a.md", "https://github.com/acme/x/edit/HEAD/a.md"},
		{Repo{}, "a.md", "", ""},
	} {
		if got := c.repo.FileURL(c.name); got != c.page {
			t.Errorf("%+v: page of %s: got %q want %q", c.repo, c.name, got, c.page)
		}
		if got := c.repo.EditURL(c.name); got != c.edit {
			t.Errorf("%+v: edit %s: got %q want %q", c.repo, c.name, got, c.edit)
		}
	}
}
