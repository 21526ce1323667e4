//go:build !unix

package repos

// nonblock has no meaning where there are no pipes among files.
const nonblock = 0
