package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// runner tests the mutants of a package.
type runner struct {
	dir     string
	timeout time.Duration
	tests   string
	argued  map[string]bool
}

// file tests the mutants of one file.
func (r *runner) file(ctx context.Context, name string, list []mutant) (score, error) {
	s := score{file: filepath.Join(r.dir, name)}
	for _, m := range list {
		if r.argued[m.id] {
			s.equivalent++
			continue
		}
		if ctx.Err() != nil {
			s.left++
			continue
		}
		result, err := r.test(ctx, &m)
		if err != nil {
			return s, err
		}
		switch result {
		case "killed", "timeout":
			s.killed++
		case "SURVIVED":
			s.survived++
		case "invalid":
			s.invalid++
		default:
			s.left++
		}
		if result != "invalid" {
			fmt.Printf("%-9s %s:%d %s\n", result, s.file, m.line, m.id)
		}
	}
	return s, nil
}

// test compiles the package's tests with a mutant and runs them.
func (r *runner) test(ctx context.Context, m *mutant) (result string, err error) {
	tmp, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	overlay, err := m.overlay(tmp)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(tmp, "mutant.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, ".")
	build.Dir = r.dir
	if err := build.Run(); err != nil {
		return unlessOver(ctx, "invalid"), nil
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	run := exec.CommandContext(limited, binary, "-test.short", "-test.failfast", "-test.run", r.tests, "-test.timeout", r.timeout.String())
	run.Dir = r.dir
	var out bytes.Buffer
	run.Stdout, run.Stderr = &out, &out
	run.WaitDelay = time.Second
	switch err := run.Run(); {
	case err == nil:
		return "SURVIVED", nil
	case errors.Is(err, exec.ErrNotFound):
		return "", err
	case limited.Err() != nil:
		return unlessOver(ctx, "timeout"), nil
	}
	return unlessOver(ctx, "killed"), nil
}

func unlessOver(ctx context.Context, result string) string {
	if ctx.Err() != nil {
		return "left"
	}
	return result
}

// overlay writes the mutated file and the overlay that puts it in place of the original.
func (m *mutant) overlay(tmp string) (string, error) {
	original, err := filepath.Abs(m.path)
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(tmp, filepath.Base(m.path))
	if err := os.WriteFile(mutated, m.source(), 0o600); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(tmp, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}
