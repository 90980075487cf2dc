// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of envoy.service.discovery.v3. The client must not be what is measured, so that it reads no more of a
// response than it needs.
const (
	requestNode, requestTypeURL, requestSubscribe, requestVersions, requestNonce = 1, 2, 3, 5, 6
	responseResources, responseTypeURL, responseNonce                            = 2, 4, 5
	resourceVersion, resourceName, nodeID                                        = 1, 3, 1
)

// raw passes messages as the bytes that they are.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v any) error { *v.(*[]byte) = data; return nil }
func (raw) Name() string                       { return "proto" }

var _ encoding.Codec = raw{}

type named struct{ name, version string }

type response struct {
	typeURL, nonce string
	resources      []named
	marked         bool
}

// parse reads a DeltaDiscoveryResponse; marked tells whether the mark stands anywhere in it.
func parse(encoded, mark []byte) (response, error) {
	var parsed response
	err := fields(encoded, func(number protowire.Number, value []byte) error {
		switch number {
		case responseTypeURL:
			parsed.typeURL = string(value)
		case responseNonce:
			parsed.nonce = string(value)
		case responseResources:
			var resource named
			parsed.resources = append(parsed.resources, resource)
			last := &parsed.resources[len(parsed.resources)-1]
			return fields(value, func(number protowire.Number, value []byte) error {
				switch number {
				case resourceVersion:
					last.version = string(value)
				case resourceName:
					last.name = string(value)
				}
				return nil
			})
		}
		return nil
	})
	parsed.marked = bytes.Contains(encoded, mark)
	return parsed, err
}

// fields visits the length-delimited fields of a message.
func fields(encoded []byte, visit func(protowire.Number, []byte) error) error {
	for len(encoded) > 0 {
		number, kind, length := protowire.ConsumeTag(encoded)
		if length < 0 {
			return protowire.ParseError(length)
		}
		encoded = encoded[length:]
		if kind != protowire.BytesType {
			return fmt.Errorf("field %d is of wire type %d", number, kind)
		}
		value, length := protowire.ConsumeBytes(encoded)
		if length < 0 {
			return protowire.ParseError(length)
		}
		if err := visit(number, value); err != nil {
			return err
		}
		encoded = encoded[length:]
	}
	return nil
}

// appendField appends one length-delimited field.
func appendField(message []byte, number protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(message, number, protowire.BytesType), value)
}

func acknowledgement(typeURL, nonce string) []byte {
	return appendField(appendField(nil, requestTypeURL, typeURL), requestNonce, nonce)
}

func subscription(node, typeURL string, names []string, versions map[string]string) []byte {
	var message []byte
	if node != "" {
		message = appendField(message, requestNode, string(appendField(nil, nodeID, node)))
	}
	message = appendField(message, requestTypeURL, typeURL)
	for _, name := range names {
		message = appendField(message, requestSubscribe, name)
	}
	for name, version := range versions {
		message = appendField(message, requestVersions, string(appendField(appendField(nil, 1, name), 2, version)))
	}
	return message
}
