// SPDX-License-Identifier: Apache-2.0
/* A connection that faults may hit, as the network filter `connection_faults` sees it. */

#ifndef RIFTGATE_CONNECTION_H
#define RIFTGATE_CONNECTION_H

#include "answer.h"
#include "envoy.h"
#include "lane.h"
#include "timer.h"

enum stream {
	UPSTREAM,
	DOWNSTREAM,
	STREAMS
};

enum phase {
	/* The fault server has not said yet what hits it: everything is held. */
	UNDECIDED,
	DECIDED,
	/* It is reset or closed; nothing passes any more. */
	OVER,
	/* Envoy has closed it. */
	CLOSED,
};

/* From the listener: lines of a key and a value. */
struct config {
	char *lines;
	/* Values of l7filters' Inject. */
	const char *side;
	/* Of the fault server. */
	const char *cluster;
	/* Of the dynamic metadata that says which faults have hit it, and the key in it. */
	const char *metadata;
	const char *key;
	/* Bytes of memory for what is held of one connection. */
	size_t most_held;
	/* Whose sidecar this is. */
	const char *pod;
};

struct connection {
	const struct config *config;
	/* Envoy's. */
	void *filter;
	void *scheduler;
	enum phase phase;
	struct lane lanes[STREAMS];
	/* The faults that are on, for the lanes. */
	struct fault **on[STREAMS];
	/* Whose faults they are; NULL: none has ever hit it. */
	struct answer *answer;
	uint64_t random;
	/* Of the memory that all connections have. */
	size_t counted;
	bool close_disabled;
	bool read_disabled;
	bool pumping;
	struct timer timer;
	/* What the timer was set to; infinity: it is not set. */
	double armed;
	/* When a fault resets it; infinity: none does. */
	double reset_at;
	/* Which one. */
	const struct fault *resets;
	/* OVER: when it is reset. */
	double end_at;
	/* OVER: it is reset as soon as the fault server knows. */
	uint64_t last_words;
	bool has_last_words;

	/* The question that is under way. */
	bool meeting, starting;
	uint64_t meet;
	/* What the fault server has said last; 0: nothing. */
	uint64_t version;
	/* The fault server was lost; how often in a row. */
	unsigned lost;
	/* When it is asked again; infinity: it need not be. */
	double meet_at;
};

/* meeting.c */

/* Asks what hits the connection, or what has changed. false: nobody can be asked. */
bool meeting_ask(struct connection *connection);

/* Says what was done. false: nobody can be told; else `callout` is that. */
bool meeting_tell(struct connection *connection, const struct fault *fault, enum did did, uint64_t *callout);

/* The access log names these faults. */
void meeting_log(struct connection *connection);

/* connection.c: each of these may end in Envoy closing the connection. */

/* It is new; everything else is zero. */
void connection_begin(struct connection *connection);

/* The fault server has answered, and the answer is the connection's then; NULL: it is lost. */
void connection_decide(struct connection *connection, struct answer *answer);

/* The fault server knows what was done. */
void connection_told(struct connection *connection, uint64_t callout);

/* Whether what comes must go through the lane of this stream. */
bool connection_holds(const struct connection *connection, enum stream stream);

/* That has come; it is the connection's then. */
void connection_feed(struct connection *connection, enum stream stream, struct piece *piece);

/* The timer was due. */
void connection_wake(struct connection *connection);

void connection_reset(struct connection *connection);

/* Envoy has closed it. */
void connection_closed(struct connection *connection);

#endif
