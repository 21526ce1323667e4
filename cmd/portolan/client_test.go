package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// clientScript reads entities as Backstage's frontend does.
const clientScript = `
const {CatalogClient} = require("@backstage/catalog-client");
const client = new CatalogClient({discoveryApi: {getBaseUrl: async plugin => process.argv[2] + "/api/" + plugin}});
(async () => {
  for (const ref of ["component:default/playback-session", "Group:default/needle-drop", {kind: "Component", namespace: "default", name: "playback-session"}, "component:default/nothing"]) {
    const entity = await client.getEntityByRef(ref);
    console.log(entity ? entity.kind + " " + entity.metadata.name + " " + (entity.relations.length > 0) : "none");
  }
})().catch(error => { console.error(error); process.exit(1); });
`

// Backstage's own catalog client reads entities by name from the static files.
// It is taken from the folder PORTOLAN_NODE_MODULES; a machine without it skips,
// except on CI.
func TestBackstageClient(t *testing.T) {
	modules := os.Getenv("PORTOLAN_NODE_MODULES")
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(modules, "@backstage", "catalog-client"))
	}
	if err != nil || modules == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("no Backstage client in PORTOLAN_NODE_MODULES=%q: %v", modules, err)
		}
		t.Skip("PORTOLAN_NODE_MODULES names no folder with @backstage/catalog-client")
	}
	script := filepath.Join(t.TempDir(), "client.cjs")
	if err := os.WriteFile(script, []byte(clientScript), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, script, examplePortal(t))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := "Component playback-session true\nGroup needle-drop true\nComponent playback-session true\nnone\n"
	if got := strings.ReplaceAll(string(out), "\r", ""); got != want {
		t.Errorf("the client reads\n%swant\n%s", got, want)
	}
}
