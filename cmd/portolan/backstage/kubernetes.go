package backstage

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// kubernetes turns the clusters of the Kubernetes plugin into clusters.
func (c *converter) kubernetes(n *yamldoc.Node) *yamldoc.Node {
	if c.included(n, "kubernetes") {
		return nil
	}
	out := c.object(n)
	var clusters []*yamldoc.Node
	methods := n.Get("clusterLocatorMethods")
	if !c.included(methods, "kubernetes.clusterLocatorMethods") {
		for i, m := range items(methods) {
			clusters = append(clusters, c.method(fmt.Sprintf("kubernetes.clusterLocatorMethods[%d]", i), m)...)
		}
	}
	set(out, "clusters", c.list(methods, clusters))
	if m := n.Get("serviceLocatorMethod"); m != nil {
		typ := m.Str()
		if typ == "" {
			typ = m.Get("type").Str()
		}
		if typ == "catalogRelation" {
			set(out, "clusterSelection", c.text(m, "relations"))
		}
	}
	for _, key := range []string{"customResources", "objectTypes", "apiVersionOverrides"} {
		if v := n.Get(key); v != nil {
			c.note(v, "kubernetes."+key, "is not needed: which types are read is fixed, and custom controllers are found by what they own")
		}
	}
	if v := n.Get("proxy"); v != nil {
		c.note(v, "kubernetes.proxy", "has no equal: pages never talk to a cluster")
	}
	return out
}

func (c *converter) method(key string, m *yamldoc.Node) (out []*yamldoc.Node) {
	switch typ := m.Get("type").Str(); typ {
	case "config":
		for i, cl := range items(m.Get("clusters")) {
			if cluster := c.cluster(fmt.Sprintf("%s.clusters[%d]", key, i), cl); cluster != nil {
				out = append(out, cluster)
			}
		}
		c.included(m.Get("clusters"), key+".clusters")
	case "localKubectlProxy":
		// kubectl proxy hands on the current context of the kubeconfig.
		cluster := c.object(m)
		set(cluster, "name", c.text(m, "local"))
		set(cluster, "kubeconfig", c.text(m, "~/.kube/config"))
		out = append(out, cluster)
		c.note(m, key, "becomes the cluster \"local\": the current context of ~/.kube/config, which is what kubectl proxy reads")
	case "gke":
		c.note(m, key, "finds clusters through Google's API; fetch their credentials (gcloud container clusters get-credentials) and name each as {name: NAME, context: CONTEXT}")
	case "catalog":
		c.note(m, key, "finds clusters as Resource entities; name each as {name: NAME, context: CONTEXT}")
	default:
		c.note(m, key, "is of type %q, which does not exist here; name its clusters as {name: NAME, context: CONTEXT}", typ)
	}
	return out
}

// serviceAccount is where a pod finds its own token and certificate authority.
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"

func (c *converter) cluster(key string, cl *yamldoc.Node) *yamldoc.Node {
	name, url := value(cl.Get("name")), value(cl.Get("url"))
	key += " (" + name + ")"
	provider := value(cl.Get("authProvider"))
	if provider == "" {
		provider = value(cl.Get("authMetadata", "kubernetes.io/auth-provider"))
	}
	switch {
	case name == "" || url == "":
		c.note(cl, key, "has no name or no url")
		return nil
	case strings.HasPrefix(url, "http://"):
		c.note(cl.Get("url"), key, "is read without TLS, which is not done here; name it by a context: {name: %s, context: CONTEXT}", name)
		return nil
	case provider != "" && provider != "serviceAccount" && provider != "localKubectlProxy":
		c.note(cl, key, "signs in with %q: as the reader, or with a cloud's own tool. A build has no reader; name it by a context whose kubeconfig signs in: {name: %s, context: CONTEXT}", provider, name)
		return nil
	}
	server := c.object(cl)
	set(server, "url", c.text(cl.Get("url"), url))
	ca := cl.Get("caFile")
	if v := value(ca); v != "" {
		set(server, "caFile", c.text(ca, c.file(v)))
	}
	if ca := cl.Get("caData"); value(ca) != "" {
		c.note(ca, key+".caData", "a certificate authority is read from a file; write it there (decoded from base64) and name it: caFile")
	}
	switch token := cl.Get("serviceAccountToken"); {
	case token == nil && value(ca) == "":
		set(server, "caFile", c.text(cl, serviceAccount+"ca.crt"))
		fallthrough
	case token == nil:
		set(server, "tokenFile", c.text(cl, serviceAccount+"token"))
		c.note(cl, key, "has no token, so that of the pod that Portolan runs in is used, as Backstage does; elsewhere name tokenEnv or tokenFile")
	case token.Get("$file") != nil:
		set(server, "tokenFile", c.text(token, c.file(token.Get("$file").Str())))
	default:
		variable := wholeVariable.FindStringSubmatch(value(token))
		if variable == nil {
			c.note(token, key+".serviceAccountToken", "a token that stands in a file is not copied; put it into the environment and name the variable: tokenEnv")
			break
		}
		set(server, "tokenEnv", c.text(token, variable[1]))
	}
	if skip := cl.Get("skipTLSVerify"); isTrue(skip) {
		set(server, "skipTLSVerify", c.truth(skip))
	}
	out := c.object(cl)
	title := value(cl.Get("title"))
	if id := identity(name); id != name {
		c.note(cl.Get("name"), key, "is called %q here, because names stand in addresses", id)
		if title == "" {
			title = name
		}
		name = id
	}
	set(out, "name", c.text(cl.Get("name"), name))
	set(out, "title", c.text(cl, title))
	set(out, "server", server)
	if m := cl.Get("skipMetricsLookup"); isTrue(m) {
		set(out, "metrics", c.text(m, "off"))
	}
	if r := cl.Get("customResources"); r != nil {
		c.note(r, key+".customResources", "is not needed: custom controllers are found by what they own")
	}
	return out
}

var (
	wholeVariable = regexp.MustCompile(`^\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}$`)
	notInNames    = regexp.MustCompile(`[^a-z0-9.-]+`)
)

// identity returns a name as clusters may have it.
func identity(name string) string {
	if strings.Contains(name, "${") {
		return name
	}
	id := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "-"), "-.")
	if len(id) > 63 {
		id = strings.Trim(id[:63], "-.")
	}
	if id == "" {
		return "cluster"
	}
	return id
}

// file returns a path as seen from portolan.yaml.
func (c *converter) file(name string) string {
	if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") || strings.HasPrefix(name, "${") {
		return name
	}
	return c.relative(name)
}
