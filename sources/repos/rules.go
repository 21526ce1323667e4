package repos

import "github.com/portolan-dev/portolan/sources/diag"

// Rules documents the diagnostics of this package.
func Rules() []diag.Rule {
	return []diag.Rule{
		{ID: "source-invalid", Severity: diag.Error, Title: "A source cannot be understood", Why: "Nothing is read from it; the other sources go on.", Fix: "Write dir: with a folder or pattern, or git: with an https address.", Example: "bad:  git: ext::sh -c id\ngood: git: https://git.example.com/payments/api.git"},
		{ID: "source-missing", Severity: diag.Error, Title: "A folder of the configuration does not exist", Why: "Its repos are missing from the portal.", Fix: "Correct the path. It is relative to the folder of portolan.yaml."},
		{ID: "source-unreachable", Severity: diag.Error, Title: "A repo cannot be read, and never was", Why: "Nothing of it is in the portal.", Fix: "Check its address, the token and the network."},
		{ID: "source-stale", Severity: diag.Warning, Title: "A repo cannot be read now", Why: "What an earlier build fetched is shown, marked with its age.", Fix: "Check its address, the token and the network. Nothing has to be done if the host is only down for a while."},
		{ID: "source-moved", Severity: diag.Info, Title: "A repo has a new address", Why: "Its host redirects; the redirect is followed on the same host only, and may end one day.", Fix: "Write the new address."},
		{ID: "source-no-branch", Severity: diag.Info, Title: "A repo of an organization lacks the branch to read", Why: "It is left out.", Fix: "Nothing has to be done; remove the branch from the configuration to read each repo's own default branch."},
		{ID: "source-empty", Severity: diag.Warning, Title: "A repo has no commits", Why: "There is nothing to read.", Fix: "Push the first commit, or remove the source."},
		{ID: "link-outside", Severity: diag.Warning, Title: "A link leads out of its repo", Why: "Only files of the repo itself are read. The linked file is treated as absent.", Fix: "Copy the file into the repo."},
		{ID: "link-dangling", Severity: diag.Warning, Title: "A link leads nowhere", Why: "The linked file is treated as absent.", Fix: "Remove the link, or mend its target."},
		{ID: "link-folder", Severity: diag.Info, Title: "A link to a folder is not searched", Why: "Links to folders can form circles. Files behind them are found only under their real path, or where the link itself is named, such as in docs_dir.", Fix: "Nothing has to be done."},
		{ID: "not-a-file", Severity: diag.Warning, Title: "Something in the repo is neither a file nor a folder", Why: "Reading a pipe or a device could hold the build for ever.", Fix: "Remove it."},
		{ID: "name-invalid", Severity: diag.Warning, Title: "A file of the repo is left out", Why: "Its name or size is one that not every machine can store, or it tries to leave the repo.", Fix: "Rename it, or make it smaller."},
		{ID: "repo-too-large", Severity: diag.Warning, Title: "A folder holds very many files", Why: "Searching it takes long; only the first files were looked at for links and devices.", Fix: "Name the folders inside it that matter."},
	}
}
