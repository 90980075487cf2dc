// SPDX-License-Identifier: Apache-2.0

// Package lines is how the benchmark's conductor talks to its programs: one JSON object a line on standard input, one
// JSON object a line as the answer on standard output.
package lines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"syscall"
	"unsafe"
)

// Command is what the conductor asks for; each program reads the fields that concern it.
type Command struct {
	Do         string
	Address    string
	Count      int
	Generation int
	// Node is the number of one sidecar, nil for all of them.
	Node *int
	// Versions: say on reconnecting what is held from before.
	Versions bool
}

// Serve answers commands until standard input ends.
func Serve(answer func(Command) (any, error)) {
	input := bufio.NewScanner(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var command Command
		if err := json.Unmarshal(input.Bytes(), &command); err != nil {
			log.Fatalf("not a command: %s: %v", input.Text(), err)
		}
		result, err := answer(command)
		if err != nil {
			result = map[string]string{"error": err.Error()}
		}
		if err := output.Encode(result); err != nil {
			log.Fatal(err)
		}
	}
}

const clockMonotonic = 1

// Now is CLOCK_MONOTONIC in nanoseconds: the same clock for all processes of the machine.
func Now() int64 {
	var now syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		log.Fatalf("clock_gettime: %v", errno)
	}
	return now.Nano()
}

// NodeID is the id of the sidecar of this number.
func NodeID(number int) string {
	return fmt.Sprintf("sidecar-%05d", number)
}

// Marker stands in every route configuration, so that a client sees by its bytes which publish it belongs to.
func Marker(generation int) string {
	return fmt.Sprintf("generation-%08d", generation)
}
