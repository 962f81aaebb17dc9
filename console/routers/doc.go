// Package routers mounts the console in routers that are not of the standard library. It
// holds tests only, in a module of its own so that nobody else downloads the routers.
package routers
