// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Between the last byte and a reset: the kernel drops what it has not sent by then. */
#define LAST_WORDS_SECONDS 0.05
/* Between a close and a reset, for an end that does not close, too. */
#define LINGER_SECONDS 5.0
/* Between two questions to a fault server that was lost: the first time, and the most. */
#define FIRST_RETRY_SECONDS 0.5
#define LONGEST_RETRY_SECONDS 8.0
/* Of memory, for what is held of all connections. */
#define MOST_HELD_BYTES (512UL * 1024 * 1024)
/* Of what is held for who was dialled: then who dials is made to wait, and until then. */
#define STOP_READING_BYTES (1024UL * 1024)
#define READ_ON_BYTES (512UL * 1024)

static _Atomic size_t all_held;

static void count_held(struct connection *connection, size_t held)
{
	atomic_fetch_add(&all_held, held - connection->counted);
	connection->counted = held;
}

static size_t held(const struct connection *connection)
{
	return lane_memory(&connection->lanes[UPSTREAM]) + lane_memory(&connection->lanes[DOWNSTREAM]);
}

static void empty(struct connection *connection)
{
	lane_empty(&connection->lanes[UPSTREAM]);
	lane_empty(&connection->lanes[DOWNSTREAM]);
	count_held(connection, 0);
}

/* What is on now. */
static void shape(struct connection *connection, double now)
{
	struct answer *answer = connection->answer;
	size_t counts[STREAMS] = { 0, 0 };
	connection->reset_at = INFINITY;
	for (size_t each = 0; answer != NULL && each < answer->count; each++) {
		struct fault *fault = &answer->faults[each];
		if (!fault->on)
			continue;
		if (fault->upstream)
			connection->on[UPSTREAM][counts[UPSTREAM]++] = fault;
		if (fault->downstream)
			connection->on[DOWNSTREAM][counts[DOWNSTREAM]++] = fault;
		if (fault->reset_at < connection->reset_at) {
			connection->reset_at = fault->reset_at;
			connection->resets = fault;
		}
	}
	for (size_t stream = 0; stream < STREAMS; stream++)
		lane_shape(&connection->lanes[stream], connection->on[stream], counts[stream], now);
}

static void end_in(struct connection *connection, double seconds)
{
	connection->phase = OVER;
	connection->end_at = clock_now() + seconds;
	empty(connection);
}

static void reset(struct connection *connection)
{
	end_in(connection, INFINITY);
	envoy_dynamic_module_callback_network_filter_close(connection->filter, ABORT_RESET);
}

/* Envoy's own close waits, or need not any more: then it may come at once. */
static void disable_close(struct connection *connection, bool disabled)
{
	if (connection->phase == CLOSED || disabled == connection->close_disabled)
		return;
	connection->close_disabled = disabled;
	envoy_dynamic_module_callback_network_filter_disable_close(connection->filter, disabled);
}

/* FIN to both ends. */
static void close_both(struct connection *connection)
{
	end_in(connection, LINGER_SECONDS);
	struct text nothing = { 0 };
	envoy_dynamic_module_callback_network_filter_inject_write_data(connection->filter, nothing, true);
	if (connection->phase == OVER)
		envoy_dynamic_module_callback_network_filter_inject_read_data(connection->filter, nothing, true);
	disable_close(connection, false);
}

/* `behind`: bytes that have just left are to arrive before it. */
static void end_by(struct connection *connection, const struct fault *fault, enum did did, bool behind)
{
	uint64_t callout = 0;
	bool told = meeting_tell(connection, fault, did, &callout);
	if (did == DID_CLOSE) {
		close_both(connection);
	} else if (did != DID_BLACKHOLE) {
		end_in(connection, LAST_WORDS_SECONDS);
		connection->last_words = callout;
		connection->has_last_words = told && !behind;
	}
}

/* What is due behind the bytes that have passed. */
static void strike(struct connection *connection, const struct lane *lane)
{
	for (enum did did = DID_RESET; did <= DID_BLACKHOLE; did++)
		for (size_t each = 0; connection->phase == DECIDED && each < lane->fault_count; each++) {
			struct toll *toll = &lane->faults[each]->tolls[did];
			if (toll->set && toll->left <= 0)
				end_by(connection, lane->faults[each], did, true);
		}
}

static void pass_on(struct connection *connection, enum stream stream, struct departure departure)
{
	struct text bytes = { departure.bytes, departure.length };
	if (stream == UPSTREAM)
		envoy_dynamic_module_callback_network_filter_inject_read_data(connection->filter, bytes,
									      departure.end);
	else
		envoy_dynamic_module_callback_network_filter_inject_write_data(connection->filter, bytes,
									       departure.end);
	free(departure.over);
	if (departure.length > 0)
		strike(connection, &connection->lanes[stream]);
}

/* Each fault ends by itself, whoever lives. */
static void expire(struct connection *connection, double now)
{
	bool changed = false;
	for (size_t each = 0; connection->answer != NULL && each < connection->answer->count; each++) {
		struct fault *fault = &connection->answer->faults[each];
		if (fault->on && fault->ends <= now) {
			fault->on = false;
			changed = true;
		}
	}
	if (changed)
		shape(connection, now);
}

static void free_all(struct connection *connection)
{
	for (size_t each = 0; connection->answer != NULL && each < connection->answer->count; each++)
		connection->answer->faults[each].on = false;
	shape(connection, clock_now());
}

/* When bytes leave; infinity: not by themselves. */
static double leaving(struct connection *connection)
{
	if (connection->phase != DECIDED)
		return INFINITY;
	return fmin(lane_due(&connection->lanes[UPSTREAM]), lane_due(&connection->lanes[DOWNSTREAM]));
}

/* When anything else is due. */
static double next_due(struct connection *connection)
{
	if (connection->phase == OVER)
		return connection->end_at;
	if (connection->phase == CLOSED)
		return INFINITY;
	double due = connection->meet_at;
	if (connection->phase == DECIDED) {
		due = fmin(due, connection->reset_at);
		for (size_t each = 0; connection->answer != NULL && each < connection->answer->count; each++)
			if (connection->answer->faults[each].on)
				due = fmin(due, connection->answer->faults[each].ends);
	}
	return due;
}

/* false: it cannot be woken. */
static bool arm(struct connection *connection)
{
	double other = next_due(connection), bytes = leaving(connection), due = fmin(other, bytes);
	if (due == connection->armed)
		return true;
	connection->armed = due;
	if (bytes < other)
		return timer_set_early(&connection->timer, bytes);
	if (!isinf(due))
		return timer_set(&connection->timer, due);
	timer_cancel(&connection->timer);
	return true;
}

/* `early`: what is due so many seconds from now, too. */
static void let_pass(struct connection *connection, double early)
{
	for (bool moved = true; moved && connection->phase == DECIDED;) {
		double now = clock_now();
		expire(connection, now);
		if (connection->reset_at <= now) {
			end_by(connection, connection->resets, DID_RESET, false);
			return;
		}
		moved = false;
		for (enum stream stream = UPSTREAM; stream < STREAMS; stream++) {
			struct departure departure;
			while (connection->phase == DECIDED &&
			       lane_take(&connection->lanes[stream], now + early, &departure)) {
				pass_on(connection, stream, departure);
				moved = true;
			}
		}
	}
}

/* Who dials and sends too fast waits. */
static void hold_back(struct connection *connection)
{
	size_t upstream = lane_memory(&connection->lanes[UPSTREAM]);
	bool wanted = upstream > (connection->read_disabled ? READ_ON_BYTES : STOP_READING_BYTES);
	if (connection->phase == CLOSED || wanted == connection->read_disabled)
		return;
	connection->read_disabled = wanted;
	envoy_dynamic_module_callback_network_filter_read_disable(connection->filter, wanted);
}

/* What too many bytes are held of is reset. */
static void bound(struct connection *connection)
{
	count_held(connection, held(connection));
	if (connection->phase != DECIDED || connection->counted == 0 || connection->answer == NULL)
		return;
	if (connection->counted <= connection->config->most_held && atomic_load(&all_held) <= MOST_HELD_BYTES)
		return;
	for (size_t each = 0; each < connection->answer->count; each++)
		if (connection->answer->faults[each].on)
			end_by(connection, &connection->answer->faults[each], DID_OVERFLOW, false);
}

/* The fault server is lost: nothing is done to the connection any more, but a reset may meet it still. */
static void lose(struct connection *connection)
{
	double wait = ldexp(FIRST_RETRY_SECONDS, connection->lost < 10 ? (int)connection->lost : 10);
	connection->meet_at = clock_now() + fmin(wait, LONGEST_RETRY_SECONDS);
	connection->lost++;
	if (connection->phase == UNDECIDED)
		connection->phase = DECIDED;
	free_all(connection);
}

static void ask(struct connection *connection)
{
	if (!meeting_ask(connection) && (connection->phase == UNDECIDED || connection->phase == DECIDED))
		lose(connection);
}

/* Lets pass what is due, and sees to it that the rest does. Last of all in what Envoy calls: it may close then. */
static void pump(struct connection *connection, double early)
{
	if (connection->pumping)
		return;
	connection->pumping = true;
	if (connection->phase == DECIDED && connection->meet_at <= clock_now())
		ask(connection);
	let_pass(connection, early);
	bound(connection);
	if (connection->phase == OVER && connection->end_at <= clock_now())
		reset(connection);
	if (!arm(connection)) {
		/* Without a timer nothing is held. */
		if (connection->phase == OVER)
			reset(connection);
		free_all(connection);
		let_pass(connection, 0);
	}
	connection->pumping = false;
	hold_back(connection);
	if (connection->phase == UNDECIDED || connection->phase == DECIDED) {
		bool held = false;
		for (size_t stream = 0; stream < STREAMS; stream++)
			held |= connection->lanes[stream].first != NULL || lane_blocked(&connection->lanes[stream]);
		disable_close(connection, held);
	}
}

/* The first answer; it is the connection's then. What came before it is treated as of when it came. */
static void adopt(struct connection *connection, struct answer *answer)
{
	struct piece *pieces[STREAMS];
	connection->answer = answer;
	connection->phase = DECIDED;
	for (size_t stream = 0; stream < STREAMS; stream++) {
		pieces[stream] = lane_detach(&connection->lanes[stream]);
		if (answer->count > 0 &&
		    (connection->on[stream] = calloc(answer->count, sizeof *connection->on[stream])) == NULL)
			answer->count = 0;
	}
	shape(connection, 0);
	for (size_t stream = 0; stream < STREAMS; stream++)
		for (struct piece *piece = pieces[stream], *next; piece != NULL; piece = next) {
			next = piece->next;
			lane_feed(&connection->lanes[stream], piece, piece->ready, &connection->random);
		}
	if (answer->count > 0)
		meeting_log(connection);
	for (size_t each = 0; each < answer->count && connection->phase == DECIDED; each++)
		if (answer->faults[each].reset_now)
			reset(connection);
}

/* What is not listed any more has ended; of what is, the end may have moved. */
static void follow(struct connection *connection, const struct answer *answer)
{
	bool changed = false;
	for (size_t each = 0; connection->answer != NULL && each < connection->answer->count; each++) {
		struct fault *fault = &connection->answer->faults[each];
		bool listed = false;
		for (size_t other = 0; other < answer->count && !listed; other++)
			if ((listed = strcmp(answer->faults[other].id, fault->id) == 0))
				fault->ends = answer->faults[other].ends;
		changed |= fault->on && !listed;
		fault->on &= listed;
	}
	if (changed)
		shape(connection, clock_now());
}

void connection_decide(struct connection *connection, struct answer *answer)
{
	if (connection->phase != UNDECIDED && connection->phase != DECIDED) {
		answer_free(answer);
		return;
	}
	if (answer == NULL) {
		lose(connection);
		pump(connection, 0);
		return;
	}
	connection->version = answer->version;
	connection->lost = 0;
	if (answer->reset) {
		reset(connection);
	} else if (connection->phase == UNDECIDED) {
		adopt(connection, answer);
		answer = NULL;
	} else {
		follow(connection, answer);
	}
	answer_free(answer);
	if (connection->phase == DECIDED)
		ask(connection);
	pump(connection, 0);
}

void connection_begin(struct connection *connection)
{
	connection->phase = UNDECIDED;
	connection->armed = connection->reset_at = connection->meet_at = connection->end_at = INFINITY;
	ask(connection);
	pump(connection, 0);
}

bool connection_holds(const struct connection *connection, enum stream stream)
{
	const struct lane *lane = &connection->lanes[stream];
	return connection->phase == UNDECIDED || lane->first != NULL || lane->fault_count > 0;
}

void connection_feed(struct connection *connection, enum stream stream, struct piece *piece)
{
	lane_feed(&connection->lanes[stream], piece, clock_now(), &connection->random);
	pump(connection, 0);
}

void connection_wake(struct connection *connection)
{
	double now = clock_now();
	timer_woken(&connection->timer, now);
	connection->armed = INFINITY;
	pump(connection, now < connection->timer.due ? 0 : connection->timer.early);
}

void connection_told(struct connection *connection, uint64_t callout)
{
	if (connection->phase == OVER && connection->has_last_words && connection->last_words == callout) {
		connection->end_at = clock_now();
		pump(connection, 0);
	}
}

void connection_reset(struct connection *connection)
{
	if (connection->phase != CLOSED)
		reset(connection);
}

void connection_closed(struct connection *connection)
{
	connection->phase = CLOSED;
	timer_cancel(&connection->timer);
	empty(connection);
}
