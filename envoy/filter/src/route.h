// SPDX-License-Identifier: Apache-2.0
/* What the route of a fault has a filter do to each request, or to each response. */

#ifndef RIFTGATE_ROUTE_H
#define RIFTGATE_ROUTE_H

#include "delay.h"
#include "http.h"

/* What one fault has to do with a message. */
struct held {
	/* Of Envoy's runtime: when the fault ends (lease.h). */
	struct text key;
	/* The fault's id and the kind of its delay; in the log. */
	struct text fault, kind;
	struct delay delay;
	struct draws *draws;
};

/* Delays that add up. */
struct route {
	struct object object;
	size_t count;
	struct held held[];
};

/* A line for each delay: runtime key, fault, kind, family, two numbers, and the limit in milliseconds, as in
 * l7filters/translate/held_delays.py. NULL: it is something else, or there is no memory. */
struct route *route_parse(struct text lines);

void route_free(struct route *route);

/* A fault's share of what was drawn for one message. */
struct part {
	struct text key;
	double seconds;
};

/* It needs the route no longer: that may be replaced while a message is held. */
struct drawn {
	size_t count;
	struct part parts[];
};

/* For one message. NULL: there is no memory. */
struct drawn *route_draw(const struct route *route);

void drawn_free(struct drawn *drawn);

/* In all. */
double drawn_seconds(const struct drawn *drawn);

/* Nothing is left of the shares of faults that are off: whose key has no value, or 0. */
void drawn_without_ended(struct drawn *drawn, uint64_t (*value)(struct text key, uint64_t otherwise));

#endif
