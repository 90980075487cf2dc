// SPDX-License-Identifier: Apache-2.0
/* What the filter and the fault server say to each other of a connection: xds_server/connection_words.py. */

#include "connection.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_BYTES 5
/* While nobody knows what hits it, everything is held. */
#define FIRST_TIMEOUT_MILLISECONDS 2000
/* Then the fault server says at times that nothing has changed. */
#define TIMEOUT_MILLISECONDS 3600000
#define TELL_TIMEOUT_MILLISECONDS 5000

#define HEADER(key, value) { key, sizeof key - 1, value, sizeof value - 1 }

struct body {
	char *bytes;
	size_t length, room;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void add(struct body *body, const char *format, ...)
{
	va_list values;
	for (;;) {
		size_t left = body->room - body->length;
		va_start(values, format);
		int needed = vsnprintf(body->bytes + body->length, left, format, values);
		va_end(values);
		if (body->failed || needed < 0)
			return;
		if ((size_t)needed < left) {
			body->length += (size_t)needed;
			return;
		}
		char *larger = realloc(body->bytes, 2 * body->room + (size_t)needed);
		if ((body->failed = larger == NULL))
			return;
		body->bytes = larger;
		body->room = 2 * body->room + (size_t)needed;
	}
}

/* As Envoy writes them elsewhere: `10.0.0.1:80`, `[fd00::1]:80`. */
static void add_address(struct body *body, const char *key, struct text address, uint32_t port)
{
	bool v6 = address.length > 0 && memchr(address.data, ':', address.length) != NULL;
	add(body, v6 ? "%s [%.*s]:%u\n" : "%s %.*s:%u\n", key, (int)address.length,
	    address.length > 0 ? address.data : "", port);
}

static struct body begin(struct connection *connection)
{
	struct body body = { .bytes = malloc(512), .room = 512 };
	if ((body.failed = body.bytes == NULL))
		return body;
	body.length = PREFIX_BYTES;
	struct text local = { 0 }, remote = { 0 };
	uint32_t local_port = 0, remote_port = 0;
	envoy_dynamic_module_callback_network_filter_get_local_address(connection->filter, &local, &local_port);
	envoy_dynamic_module_callback_network_filter_get_remote_address(connection->filter, &remote, &remote_port);
	add(&body, "pod %s\nside %s\n", connection->config->pod, connection->config->side);
	add_address(&body, "local", local, local_port);
	add_address(&body, "remote", remote, remote_port);
	add(&body, "connection %llu\n",
	    (unsigned long long)envoy_dynamic_module_callback_network_filter_get_connection_id(connection->filter));
	return body;
}

static bool send(struct connection *connection, struct body body, struct header path, uint64_t timeout,
		 uint64_t *callout)
{
	struct header headers[] = {
		HEADER(":method", "POST"),
		HEADER(":scheme", "http"),
		HEADER(":authority", "riftgate-faults"),
		path,
		HEADER("content-type", "application/grpc"),
		HEADER("te", "trailers"),
	};
	bool sent = false;
	if (!body.failed) {
		size_t length = body.length - PREFIX_BYTES;
		body.bytes[0] = 0;
		for (size_t each = 1; each < PREFIX_BYTES; each++)
			body.bytes[each] = (char)(length >> 8 * (PREFIX_BYTES - 1 - each));
		struct text cluster = { connection->config->cluster, strlen(connection->config->cluster) };
		sent = envoy_dynamic_module_callback_network_filter_http_callout(
			       connection->filter, callout, cluster, headers, sizeof headers / sizeof *headers,
			       (struct text){ body.bytes, body.length }, timeout) == CALLOUT_STARTED;
	}
	free(body.bytes);
	return sent;
}

bool meeting_ask(struct connection *connection)
{
	struct body body = begin(connection);
	if (!body.failed)
		add(&body, "known %llu\n%s", (unsigned long long)connection->version,
		    connection->lost > 0 ? "again 1\n" : "");
	uint64_t timeout = connection->phase == UNDECIDED ? FIRST_TIMEOUT_MILLISECONDS : TIMEOUT_MILLISECONDS;
	connection->meet_at = INFINITY;
	/* It may fail before it has a number. */
	connection->meeting = connection->starting = true;
	struct header path = HEADER(":path", "/riftgate.faults.v1.Connections/Meet");
	bool sent = send(connection, body, path, timeout, &connection->meet);
	bool failed = !connection->meeting;
	connection->starting = false;
	connection->meeting = sent && !failed;
	return connection->meeting;
}

bool meeting_tell(struct connection *connection, const struct fault *fault, enum did did, uint64_t *callout)
{
	static const char *const words[] = { "reset", "close", "blackhole", "overflow" };
	struct body body = begin(connection);
	if (!body.failed)
		add(&body, "did %.*s %s\n", (int)fault->id_length, fault->id, words[did]);
	struct header path = HEADER(":path", "/riftgate.faults.v1.Connections/Tell");
	return send(connection, body, path, TELL_TIMEOUT_MILLISECONDS, callout);
}

void meeting_log(struct connection *connection)
{
	struct body body = { .bytes = malloc(256), .room = 256 };
	body.failed = body.bytes == NULL;
	for (size_t each = 0; !body.failed && each < connection->answer->count; each++)
		add(&body, "%s%s", each == 0 ? "" : ",", connection->answer->faults[each].id);
	if (!body.failed && body.length > 0)
		envoy_dynamic_module_callback_network_set_dynamic_metadata_string(
			connection->filter,
			(struct text){ connection->config->metadata, strlen(connection->config->metadata) },
			(struct text){ connection->config->key, strlen(connection->config->key) },
			(struct text){ body.bytes, body.length });
	free(body.bytes);
}
