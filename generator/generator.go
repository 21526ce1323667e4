// Package generator runs a build: it reads all sources, joins them into one
// portal, and turns that into a site.
package generator
