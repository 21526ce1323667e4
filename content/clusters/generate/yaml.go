package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// toYAML returns v as kubectl prints it: the JSON form of v with sorted keys,
// lists not indented below their key, and no nulls.
func toYAML(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	writeYAML(&b, tree, 0)
	return b.Bytes(), nil
}

func writeYAML(b *bytes.Buffer, v any, indent int) {
	pad := strings.Repeat(" ", indent)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range keys(v) {
			fmt.Fprintf(b, "%s%s:", pad, scalar(k))
			writeValue(b, v[k], indent)
		}
	case []any:
		for _, item := range v {
			writeItem(b, item, indent)
		}
	}
}

// writeValue writes what follows "key:".
func writeValue(b *bytes.Buffer, v any, indent int) {
	switch v := v.(type) {
	case map[string]any:
		if len(keys(v)) == 0 {
			b.WriteString(" {}\n")
			return
		}
		b.WriteByte('\n')
		writeYAML(b, v, indent+2)
	case []any:
		if len(v) == 0 {
			b.WriteString(" []\n")
			return
		}
		b.WriteByte('\n')
		writeYAML(b, v, indent)
	default:
		fmt.Fprintf(b, " %s\n", scalar(v))
	}
}

// writeItem writes one entry of a list: a map starts on the line of its dash.
func writeItem(b *bytes.Buffer, v any, indent int) {
	pad := strings.Repeat(" ", indent)
	switch v.(type) {
	case map[string]any, []any:
		var inner bytes.Buffer
		writeYAML(&inner, v, indent+2)
		if inner.Len() == 0 {
			fmt.Fprintf(b, "%s- {}\n", pad)
			return
		}
		b.WriteString(pad + "- ")
		b.Write(inner.Bytes()[indent+2:])
	default:
		fmt.Fprintf(b, "%s- %s\n", pad, scalar(v))
	}
}

// keys returns the keys whose value is not null, sorted.
func keys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k, v := range m {
		if v != nil {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}

var (
	plain     = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./@%+=, ()-]*(:[A-Za-z0-9_./@%+=,()-]+)*[A-Za-z0-9_./%+=()-]*$`)
	number    = regexp.MustCompile(`^[0-9]+(m|n|Ki|Mi|Gi|Ti)$|^[0-9]+(\.[0-9]+){2,3}$`) // quantities, versions, addresses
	ambiguous = regexp.MustCompile(`(?i)^(null|true|false|yes|no|on|off|y|n|~)$`)
)

// scalar returns a string plain where that is safe, else in double quotes.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		if number.MatchString(v) || plain.MatchString(v) && !ambiguous.MatchString(v) && strings.TrimSpace(v) == v {
			return v
		}
		return strconv.Quote(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	default:
		return "null"
	}
}
