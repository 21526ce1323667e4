// Command portolan turns repos and Kubernetes clusters into a developer portal of plain files.
package main

func main() {}
