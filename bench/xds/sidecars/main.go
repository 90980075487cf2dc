// SPDX-License-Identifier: Apache-2.0

// Command sidecars simulates Envoys: each with its own TCP connection, node id and Delta ADS stream. It tells when
// which of them has acknowledged what was published.
package main

import (
	"flag"
	"fmt"
	"log"
	"slices"
	"time"

	"riftgate.io/bench/xds/lines"
)

const patience = 120 * time.Second

type program struct {
	fleet    *fleet
	sidecars []*sidecar
	awaited  int
	before   int64
}

// expect sets which publish is waited for, and by how many.
func (p *program) expect(generation, count int) {
	mark := []byte(lines.Marker(generation))
	p.fleet.mark.Store(&mark)
	p.before = p.fleet.responses.Load()
	p.awaited = count
}

func (p *program) disconnect() {
	for _, each := range p.sidecars {
		each.disconnect()
	}
}

// connect gives every sidecar a new connection, all at once.
func (p *program) connect(command lines.Command) (any, error) {
	for len(p.sidecars) < command.Count {
		p.sidecars = append(p.sidecars, &sidecar{fleet: p.fleet, number: len(p.sidecars)})
	}
	p.expect(command.Generation, command.Count)
	began := lines.Now()
	for _, each := range p.sidecars {
		if err := each.connect(command.Address, command.Versions); err != nil {
			return nil, err
		}
	}
	result, err := p.wait()
	result["began"] = began
	return result, err
}

// wait until all that are awaited have acknowledged; the times at which they did, and how many responses all got.
func (p *program) wait() (map[string]any, error) {
	deadline := time.After(patience)
	seen := map[int]bool{}
	var times []int64
	for len(times) < p.awaited {
		select {
		case arrived := <-p.fleet.arrivals:
			if arrived.mark == p.fleet.mark.Load() && !seen[arrived.number] {
				seen[arrived.number] = true
				times = append(times, arrived.at)
			}
		case err := <-p.fleet.failures:
			return map[string]any{}, err
		case <-deadline:
			return map[string]any{}, fmt.Errorf("%d of %d sidecars after %v", len(times), p.awaited, patience)
		}
	}
	slices.Sort(times)
	return map[string]any{
		"median":    times[len(times)/2],
		"last":      times[len(times)-1],
		"responses": p.fleet.responses.Load() - p.before,
	}, nil
}

func main() {
	log.SetFlags(0)
	clusters := flag.Int("clusters", 40, "how many clusters, and endpoints for them, make a sidecar complete")
	routeName := flag.String("route", "", "the route configuration that the listener asks for")
	flag.Parse()
	complete := map[string]int{clusterURL: *clusters, endpointURL: *clusters, listenerURL: 1, routeURL: 1}
	shared := &fleet{complete: complete, routeName: *routeName, arrivals: make(chan arrival, 1<<16), failures: make(chan error, 1<<16)}
	bench := &program{fleet: shared}
	lines.Serve(func(command lines.Command) (any, error) {
		switch command.Do {
		case "connect":
			return bench.connect(command)
		case "disconnect":
			bench.disconnect()
			return map[string]int{"disconnected": len(bench.sidecars)}, nil
		case "expect":
			bench.expect(command.Generation, command.Count)
			return map[string]bool{"expecting": true}, nil
		case "count":
			return map[string]int64{"all": shared.responses.Load()}, nil
		default:
			return bench.wait()
		}
	})
}
