// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"riftgate.io/bench/xds/lines"
)

const (
	typePrefix  = "type.googleapis.com/envoy.config."
	clusterURL  = typePrefix + "cluster.v3.Cluster"
	endpointURL = typePrefix + "endpoint.v3.ClusterLoadAssignment"
	listenerURL = typePrefix + "listener.v3.Listener"
	routeURL    = typePrefix + "route.v3.RouteConfiguration"
	method      = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"

	// Enough for any response here; the smaller they are, the less memory thousands of connections take.
	bufferSize = 4096
)

var order = []string{clusterURL, endpointURL, listenerURL, routeURL}

// fleet is what all sidecars share: how many resources make one complete, and which publish they wait for.
type fleet struct {
	complete  map[string]int
	routeName string
	mark      atomic.Pointer[[]byte]
	arrivals  chan arrival
	responses atomic.Int64
	failures  chan error
}

// arrival: the sidecar has everything, the publish of this mark included, and has sent the ACK for the last of it.
type arrival struct {
	number int
	mark   *[]byte
	at     int64
}

// sidecar is one simulated Envoy.
type sidecar struct {
	fleet      *fleet
	number     int
	connection *grpc.ClientConn
	cancel     context.CancelFunc
	// Versions of what it holds, by type and name: what an Envoy tells on reconnecting.
	held map[string]map[string]string
}

// connect opens the sidecar's own connection and stream. With resume it tells what it holds and asks for everything at
// once, as an Envoy does after its stream broke; without, it starts from nothing and asks for what it is told of.
func (s *sidecar) connect(address string, resume bool) error {
	connection, err := grpc.NewClient(
		"passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithReadBufferSize(bufferSize), grpc.WithWriteBufferSize(bufferSize), grpc.WithSharedWriteBuffer(true),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.WaitForReady(true)),
		grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.connection, s.cancel = connection, cancel
	if !resume {
		s.held = map[string]map[string]string{}
	}
	go s.run(ctx, resume)
	return nil
}

func (s *sidecar) disconnect() {
	s.cancel()
	s.connection.Close()
}

func (s *sidecar) run(ctx context.Context, resume bool) {
	err := s.converse(ctx, resume)
	if ctx.Err() == nil {
		s.fleet.failures <- fmt.Errorf("%s: %w", lines.NodeID(s.number), err)
	}
}

func (s *sidecar) converse(ctx context.Context, resume bool) error {
	description := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := s.connection.NewStream(ctx, description, method)
	if err != nil {
		return err
	}
	subscribed := map[string]bool{}
	subscribe := func(typeURL string, names []string) error {
		node := ""
		if len(subscribed) == 0 {
			node = lines.NodeID(s.number)
		}
		subscribed[typeURL] = true
		message := subscription(node, typeURL, names, s.held[typeURL])
		return stream.SendMsg(&message)
	}
	if resume {
		for _, typeURL := range order {
			if err := subscribe(typeURL, s.names(typeURL)); err != nil {
				return err
			}
		}
	} else {
		for _, typeURL := range []string{clusterURL, listenerURL} {
			if err := subscribe(typeURL, nil); err != nil {
				return err
			}
		}
	}
	var arrived *[]byte
	for {
		var encoded []byte
		if err := stream.RecvMsg(&encoded); err != nil {
			return err
		}
		s.fleet.responses.Add(1)
		mark := s.fleet.mark.Load()
		received, err := parse(encoded, *mark)
		if err != nil {
			return err
		}
		acknowledged := acknowledgement(received.typeURL, received.nonce)
		if err := stream.SendMsg(&acknowledged); err != nil {
			return err
		}
		s.hold(received)
		if received.marked {
			arrived = mark
		}
		if arrived != nil && s.isComplete() {
			s.fleet.arrivals <- arrival{s.number, arrived, lines.Now()}
			arrived = nil
		}
		switch {
		case received.typeURL == clusterURL && !subscribed[endpointURL]:
			err = subscribe(endpointURL, names(received.resources))
		case received.typeURL == listenerURL && !subscribed[routeURL]:
			err = subscribe(routeURL, []string{s.fleet.routeName})
		}
		if err != nil {
			return err
		}
	}
}

func (s *sidecar) hold(received response) {
	held := s.held[received.typeURL]
	if held == nil {
		held = map[string]string{}
		s.held[received.typeURL] = held
	}
	for _, resource := range received.resources {
		held[resource.name] = resource.version
	}
}

func (s *sidecar) isComplete() bool {
	for typeURL, count := range s.fleet.complete {
		if len(s.held[typeURL]) != count {
			return false
		}
	}
	return true
}

func (s *sidecar) names(typeURL string) []string {
	if typeURL == clusterURL || typeURL == listenerURL {
		return nil
	}
	var held []string
	for name := range s.held[typeURL] {
		held = append(held, name)
	}
	return held
}

func names(resources []named) []string {
	var all []string
	for _, each := range resources {
		all = append(all, each.name)
	}
	return all
}
