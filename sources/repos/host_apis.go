package repos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"code.gitea.io/sdk/gitea"
	"github.com/google/go-github/v92/github"
	"gitlab.com/gitlab-org/api/client-go/v2"
)

// pageSize is the most that all hosts give at once.
const pageSize = 100

// listGitHub lists the repos of an organization, or of a user of that name.
// Source: GitHub REST API, "List organization repositories".
func listGitHub(ctx context.Context, client *http.Client, scheme, host, name string, token Secret) ([]listed, error) {
	opts := []github.ClientOptionsFunc{github.WithHTTPClient(client), github.WithUserAgent(userAgent)}
	if token != "" {
		opts = append(opts, github.WithAuthToken(string(token)))
	}
	if host != "github.com" {
		base := scheme + "://" + host + "/api/v3/"
		opts = append(opts, github.WithURLs(&base, &base))
	}
	gh, err := github.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	var out []listed
	user := false
	for page := 1; page != 0 && len(out) < maxListed; {
		var repos []*github.Repository
		var resp *github.Response
		at := github.ListOptions{Page: page, PerPage: pageSize}
		if user {
			repos, resp, err = gh.Repositories.ListByUser(ctx, name, &github.RepositoryListByUserOptions{ListOptions: at})
		} else {
			repos, resp, err = gh.Repositories.ListByOrg(ctx, name, &github.RepositoryListByOrgOptions{ListOptions: at})
			if resp != nil && resp.Response != nil && resp.StatusCode == http.StatusNotFound && page == 1 {
				user = true
				continue
			}
		}
		if err != nil {
			if resp != nil && resp.Response != nil && resp.StatusCode >= 400 {
				return nil, apiError(host, resp.StatusCode)
			}
			return nil, brief(host, err)
		}
		for _, r := range repos {
			out = append(out, listed{
				Name: r.GetName(), Clone: r.GetCloneURL(), Branch: r.GetDefaultBranch(), Topics: r.Topics, Archived: r.GetArchived() || r.GetDisabled(), Fork: r.GetFork(),
				Empty: r.GetSize() == 0 && r.GetPushedAt().IsZero(), Pushed: r.GetPushedAt().UTC(),
			})
		}
		page = resp.NextPage
	}
	return out, nil
}

// listGitLab lists the projects of a group and of its subgroups.
// Source: GitLab REST API, "List all projects of a group".
func listGitLab(ctx context.Context, client *http.Client, scheme, host, name string, token Secret) ([]listed, error) {
	gl, err := gitlab.NewClient(string(token), gitlab.WithBaseURL(scheme+"://"+host+"/api/v4"), gitlab.WithHTTPClient(client),
		gitlab.WithUserAgent(userAgent), gitlab.WithoutRetries(), gitlab.WithCustomLimiter(noLimit{}))
	if err != nil {
		return nil, err
	}
	var out []listed
	for page := int64(1); page != 0 && len(out) < maxListed; {
		projects, resp, err := gl.Groups.ListGroupProjects(name, &gitlab.ListGroupProjectsOptions{
			ListOptions: gitlab.ListOptions{Page: page, PerPage: pageSize}, IncludeSubGroups: gitlab.Ptr(true), WithShared: gitlab.Ptr(false),
			OrderBy: gitlab.Ptr("path"), Sort: gitlab.Ptr("asc"),
		}, gitlab.WithContext(ctx))
		if err != nil {
			if resp != nil && resp.Response != nil && resp.StatusCode >= 400 {
				return nil, apiError(host, resp.StatusCode)
			}
			return nil, brief(host, err)
		}
		for _, p := range projects {
			below := p.PathWithNamespace
			if rest, ok := cutPrefixFold(below, name+"/"); ok {
				below = rest
			}
			out = append(out, listed{
				Name: below, Clone: p.HTTPURLToRepo, Branch: p.DefaultBranch, Topics: p.Topics, Archived: p.Archived, Fork: p.ForkedFromProject != nil, Empty: p.EmptyRepo,
			})
		}
		page = resp.NextPage
	}
	return out, nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// noLimit leaves waiting to polite, which knows what the host says.
type noLimit struct{}

func (noLimit) Wait(context.Context) error { return nil }

// listGitea lists the repos of an organization or user on Gitea or Forgejo.
// Source: Gitea API, "List an organization's repos".
func listGitea(ctx context.Context, client *http.Client, scheme, host, name string, token Secret) ([]listed, error) {
	opts := []gitea.ClientOption{
		gitea.SetHTTPClient(client), gitea.SetContext(ctx), gitea.SetUserAgent(userAgent),
		gitea.SetGiteaVersion(""), // every version that is in use lists repos
	}
	if token != "" {
		opts = append(opts, gitea.SetToken(string(token)))
	}
	gt, err := gitea.NewClient(scheme+"://"+host, opts...)
	if err != nil {
		return nil, brief(host, err)
	}
	var out []listed
	user := false
	for page := 1; len(out) < maxListed; page++ {
		var repos []*gitea.Repository
		var resp *gitea.Response
		at := gitea.ListOptions{Page: page, PageSize: 50} // the largest page of a default installation
		if user {
			repos, resp, err = gt.ListUserRepos(name, gitea.ListReposOptions{ListOptions: at})
		} else {
			repos, resp, err = gt.ListOrgRepos(name, gitea.ListOrgReposOptions{ListOptions: at})
			if resp != nil && resp.Response != nil && resp.StatusCode == http.StatusNotFound && page == 1 {
				user, page = true, 0
				continue
			}
		}
		if err != nil {
			if resp != nil && resp.Response != nil && resp.StatusCode >= 400 {
				return nil, apiError(host, resp.StatusCode)
			}
			return nil, brief(host, err)
		}
		for _, r := range repos {
			out = append(out, listed{Name: r.Name, Clone: r.CloneURL, Branch: r.DefaultBranch, Topics: r.Topics, Archived: r.Archived, Fork: r.Fork, Empty: r.Empty})
		}
		if len(repos) == 0 || resp.NextPage == 0 {
			break
		}
	}
	return out, nil
}

// listBitbucket lists the repos of a workspace of Bitbucket Cloud. It is two
// fields of one request, for which no client is needed.
// Source: Bitbucket Cloud REST API, "List repositories in a workspace".
func listBitbucket(ctx context.Context, client *http.Client, scheme, host, name string, token Secret) ([]listed, error) {
	api := scheme + "://" + host
	if host == "bitbucket.org" {
		api = "https://api.bitbucket.org"
	}
	next := api + "/2.0/repositories/" + url.PathEscape(name) + "?pagelen=100&sort=slug"
	origin, err := url.Parse(api)
	if err != nil {
		return nil, err
	}
	var out []listed
	for next != "" && len(out) < maxListed {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, next, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", userAgent)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+string(token))
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, brief(host, err)
		}
		var page struct {
			Values []struct {
				Slug       string    `json:"slug"`
				Parent     *struct{} `json:"parent"`
				MainBranch *struct {
					Name string `json:"name"`
				} `json:"mainbranch"`
				Links struct {
					Clone []struct {
						Name, Href string
					} `json:"clone"`
				} `json:"links"`
			} `json:"values"`
			Next string `json:"next"`
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, apiError(host, resp.StatusCode)
		}
		if err != nil {
			return nil, fmt.Errorf("%s answered with something else than a list", host)
		}
		for _, r := range page.Values {
			l := listed{Name: r.Slug, Fork: r.Parent != nil, Empty: r.MainBranch == nil}
			if r.MainBranch != nil {
				l.Branch = r.MainBranch.Name
			}
			for _, c := range r.Links.Clone {
				if c.Name == "https" || c.Name == "http" {
					if u, err := url.Parse(c.Href); err == nil {
						u.User = nil // the host writes the user's own name into it
						l.Clone = u.String()
					}
				}
			}
			out = append(out, l)
		}
		if next = page.Next; next != "" {
			if u, err := url.Parse(next); err != nil || u.Host != origin.Host || u.Scheme != origin.Scheme {
				return nil, fmt.Errorf("%s names a next page on another host", host)
			}
		}
	}
	return out, nil
}

// userAgent is how requests to hosts are signed.
const userAgent = "portolan"

// brief makes one line of an error of a client.
func brief(host string, err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s did not answer in time", host)
	}
	return fmt.Errorf("%s: %s", host, plain(err.Error()))
}
