package main

import "github.com/usher-go/usher/console"

// whatIf is the simulator behind the settings page; none yet.
var whatIf console.WhatIf
