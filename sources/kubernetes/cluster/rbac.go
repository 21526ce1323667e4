package cluster

import (
	"fmt"
	"slices"
	"strings"
)

// Role returns the manifest of the smallest role that Read needs: a ClusterRole
// bound in the whole cluster, or, where namespaces are named, a Role in each of
// them and nothing beyond.
func Role(namespaces ...string) string {
	var b strings.Builder
	b.WriteString("# What `portolan` needs to read: list only. No secrets, no configmaps, no logs.\n")
	account := "default"
	if len(namespaces) > 0 {
		account = namespaces[0]
	}
	fmt.Fprintf(&b, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: portolan, namespace: %s}\n", account)
	if len(namespaces) == 0 {
		b.WriteString("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: portolan-reader}\nrules:\n")
		b.WriteString(rules())
		fmt.Fprintf(&b, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: portolan-reader}\n"+
			"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: portolan-reader}\n"+
			"subjects:\n- {kind: ServiceAccount, name: portolan, namespace: %s}\n", account)
		return b.String()
	}
	for _, ns := range namespaces {
		fmt.Fprintf(&b, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: portolan-reader, namespace: %s}\nrules:\n", ns)
		b.WriteString(rules())
		fmt.Fprintf(&b, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: portolan-reader, namespace: %s}\n"+
			"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: portolan-reader}\n"+
			"subjects:\n- {kind: ServiceAccount, name: portolan, namespace: %s}\n", ns, account)
	}
	return b.String()
}

// rules lists the permissions by API group, in the order of listTypes.
func rules() string {
	var groups []string
	resources := map[string][]string{}
	for _, t := range listTypes {
		if !slices.Contains(groups, t.group) {
			groups = append(groups, t.group)
		}
		resources[t.group] = append(resources[t.group], t.resource)
	}
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "- {apiGroups: [%q], resources: [%s], verbs: [list]}\n", g, strings.Join(resources[g], ", "))
	}
	return b.String()
}
