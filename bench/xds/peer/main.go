// SPDX-License-Identifier: Apache-2.0

// Command peer serves the benchmark's resources with go-control-plane.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"strconv"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"

	"riftgate.io/bench/xds/lines"
)

// publisher makes a generation visible: to all nodes below count, or to one.
type publisher interface {
	publish(generation, count int, node *int) error
	cache() cache.Cache
}

// content holds what all sidecars get, and the route configuration of which each generation is a copy.
type content struct {
	shared   map[resource.Type][]types.Resource
	route    *route.RouteConfiguration
	distinct bool
}

func load(path string, distinct bool) (*content, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all discovery.DiscoveryResponse
	if err := proto.Unmarshal(encoded, &all); err != nil {
		return nil, err
	}
	loaded := &content{shared: map[resource.Type][]types.Resource{}, distinct: distinct}
	for _, packed := range all.Resources {
		message, err := packed.UnmarshalNew()
		if err != nil {
			return nil, err
		}
		if routes, ok := message.(*route.RouteConfiguration); ok {
			loaded.route = routes
		} else {
			loaded.shared[packed.TypeUrl] = append(loaded.shared[packed.TypeUrl], message)
		}
	}
	return loaded, nil
}

func (c *content) routeOf(generation, node int) *route.RouteConfiguration {
	routes := proto.Clone(c.route).(*route.RouteConfiguration)
	mark := lines.Marker(generation)
	if c.distinct {
		mark += " " + lines.NodeID(node)
	}
	routes.ResponseHeadersToAdd = []*core.HeaderValueOption{{Header: &core.HeaderValue{Key: "x-generation", Value: mark}}}
	return routes
}

// snapshots is the snapshot cache in ADS mode: any node may have anything.
type snapshots struct {
	content *content
	nodes   cache.SnapshotCache
}

func (s *snapshots) cache() cache.Cache { return s.nodes }

func (s *snapshots) snapshot(generation, node int) (*cache.Snapshot, error) {
	all := map[resource.Type][]types.Resource{resource.RouteType: {s.content.routeOf(generation, node)}}
	for kind, held := range s.content.shared {
		all[kind] = held
	}
	return cache.NewSnapshot(strconv.Itoa(generation), all)
}

func (s *snapshots) publish(generation, count int, node *int) error {
	first, end := 0, count
	if node != nil {
		first, end = *node, *node+1
	}
	var current *cache.Snapshot
	for number := first; number < end; number++ {
		if current == nil || s.content.distinct {
			var err error
			if current, err = s.snapshot(generation, number); err != nil {
				return err
			}
		}
		if err := s.nodes.SetSnapshot(context.Background(), lines.NodeID(number), current); err != nil {
			return err
		}
	}
	return nil
}

// linear is one linear cache for each type: everybody has the same.
type linear struct {
	content *content
	caches  map[string]cache.Cache
	routes  *cache.LinearCache
}

func newLinear(loaded *content) *linear {
	made := &linear{loaded, map[string]cache.Cache{}, cache.NewLinearCache(resource.RouteType)}
	made.caches[resource.RouteType] = made.routes
	for kind, held := range loaded.shared {
		byName := map[string]types.Resource{}
		for _, each := range held {
			byName[cache.GetResourceName(each)] = each
		}
		made.caches[kind] = cache.NewLinearCache(kind, cache.WithInitialResources(byName))
	}
	return made
}

func (l *linear) cache() cache.Cache {
	return &cache.MuxCache{
		Classify:      func(request *cache.Request) string { return request.GetTypeUrl() },
		ClassifyDelta: func(request *cache.DeltaRequest) string { return request.GetTypeUrl() },
		Caches:        l.caches,
	}
}

func (l *linear) publish(generation, _ int, _ *int) error {
	return l.routes.UpdateResource(l.content.route.Name, l.content.routeOf(generation, 0))
}

func main() {
	log.SetFlags(0)
	kind := flag.String("cache", "snapshot", "snapshot or linear")
	path := flag.String("resources", "", "a serialised DiscoveryResponse with all that a sidecar gets")
	distinct := flag.Bool("distinct", false, "every node has a route configuration of its own")
	flag.Parse()
	loaded, err := load(*path, *distinct)
	if err != nil {
		log.Fatal(err)
	}
	var served publisher = newLinear(loaded)
	if *kind == "snapshot" {
		served = &snapshots{loaded, cache.NewSnapshotCache(true, cache.IDHash{}, nil)}
	}
	// What its own example server sets, but for the limit of 1,000,000 streams on a connection that has one.
	grpcServer := grpc.NewServer(
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	)
	discovery.RegisterAggregatedDiscoveryServiceServer(
		grpcServer, server.NewServer(context.Background(), served.cache(), server.CallbackFuncs{}),
	)
	lines.Serve(func(command lines.Command) (any, error) {
		switch command.Do {
		case "listen":
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			go func() { log.Fatal(grpcServer.Serve(listener)) }()
			return map[string]string{"address": listener.Addr().String()}, nil
		default:
			began := lines.Now()
			err := served.publish(command.Generation, command.Count, command.Node)
			return map[string]int64{"began": began, "ended": lines.Now()}, err
		}
	})
}
