// SPDX-License-Identifier: Apache-2.0
/* Connections that do what they like: random reads, writes, ends, answers, failures, waits and closes. It fails (abort,
 * or what the compiler's checks find) where a byte is lost, doubled or overtaken, where the filter uses a connection
 * after its end, or where memory is left.
 *
 *   lives SEED CONNECTIONS */

#include "envoy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEPS 60

static void write_faults(struct fake *fake)
{
	static const char *const effects[] = {
		"latency uniform 0 3 60000",
		"latency exponential 1 0 2",
		"rate 2000000",
		"rate 100000000",
		"slices 100 0",
		"slices 7 10",
		"corrupt 10000",
		"reset-bytes 5000",
		"close 9000",
		"blackhole 0",
		"blackhole 4000",
		"close-delay-us 2000",
		"reset-us 3000",
		"reset-now",
	};
	static const char *const streams[] = { "both", "upstream", "downstream" };
	size_t length = 0;
	fake->faults[0] = 0;
	for (uint64_t each = 0, count = below(4); each < count; each++) {
		length += (size_t)sprintf(fake->faults + length, "fault s/f%d %s %d", (int)each, streams[below(3)],
					  (int)(1000 + below(20000)));
		for (uint64_t more = 0, all = 1 + below(3); more < all; more++) {
			const char *effect = effects[below(sizeof effects / sizeof *effects - (below(4) > 0))];
			fake->corrupted |= strncmp(effect, "corrupt", 7) == 0;
			length += (size_t)sprintf(fake->faults + length, " %s", effect);
		}
		length += (size_t)sprintf(fake->faults + length, "\n");
	}
}

static void answer_callout(struct fake *fake, size_t which)
{
	uint64_t id = fake->callouts[which].id;
	bool meet = fake->callouts[which].meet;
	fake->callouts[which] = fake->callouts[--fake->callout_count];
	struct header good = { ":status", 7, "200", 3 }, bad = { ":status", 7, "503", 3 };
	char body[2048] = { 0 };
	size_t length = 0;
	if (meet) {
		length = (size_t)sprintf(body + 5, "version %d\n%s%s", (int)++fake->version,
					 below(30) == 0 ? "reset s/f0\n" : "", below(3) ? fake->faults : "");
		body[3] = (char)(length >> 8), body[4] = (char)length;
	}
	length += 5;
	uint64_t luck = below(12);
	if (luck == 0)
		length -= 1 + below(length - 1);
	if (luck == 1)
		body[5 + below(length)] ^= 0x15;
	size_t cut = below(length);
	struct text chunks[] = { { body, cut }, { body + cut, length - cut } };
	if (luck == 2)
		envoy_dynamic_module_on_network_filter_http_callout_done(fake, fake->ours, id, CALLOUT_RESET, NULL,
									 0, NULL, 0);
	else
		envoy_dynamic_module_on_network_filter_http_callout_done(fake, fake->ours, id, CALLOUT_SUCCESS,
									 luck == 3 ? &bad : &good, 1, chunks, 2);
	/* A flipped bit may have made other faults of it. */
	fake->corrupted |= luck == 1;
}

/* Bytes come from one of the ends. */
static void arrives(struct fake *fake, enum stream stream)
{
	if (fake->came_end[stream] || (stream == UPSTREAM && fake->read_disabled))
		return;
	size_t length = below(4) == 0 ? below(sizeof fake->buffer) : below(500);
	bool end = below(40) == 0;
	for (size_t each = 0; each < length; each++)
		fake->buffer[each] = byte_at(stream, fake->came[stream] + each);
	fake->start = 0;
	fake->length = length;
	fake->came[stream] += length;
	fake->came_end[stream] = end;
	enum filter_status status =
		stream == UPSTREAM ? envoy_dynamic_module_on_network_filter_read(fake, fake->ours, length, end)
				   : envoy_dynamic_module_on_network_filter_write(fake, fake->ours, length, end);
	if (!fake->open)
		return;
	if (status == CONTINUE && (fake->length > 0 || end)) {
		CHECK(fake->length == length);
		passes(fake, stream, (struct text){ fake->buffer, length }, end);
	} else {
		CHECK(fake->length == 0);
	}
}

static void wait_a_little(void)
{
	struct timespec pause = { .tv_nsec = (long)below(1500000) };
	nanosleep(&pause, NULL);
}

/* How often a connection was. */
static size_t woken_early;

static void run_due(struct fake *fake, struct scheduler *scheduler)
{
	pthread_mutex_lock(&scheduler->mutex);
	bool due = scheduler->due, warming = scheduler->warming;
	scheduler->due = scheduler->warming = false;
	pthread_mutex_unlock(&scheduler->mutex);
	if (warming)
		envoy_dynamic_module_on_network_filter_scheduled(fake, fake->ours, WARMING);
	if (!due)
		return;
	struct connection *ours = fake->ours;
	double leaves = ours->armed;
	/* Woken a little early, so that bytes leave when they are due: they do now, and are not waited for again. */
	bool early =
		ours->phase == DECIDED && !isinf(leaves) && ours->timer.early > 0 && clock_now() >= ours->timer.due;
	envoy_dynamic_module_on_network_filter_scheduled(fake, fake->ours, 0);
	CHECK(!early || !fake->open || ours->armed != leaves);
	woken_early += early;
}

/* What is over loses what was held. */
static bool lost(const struct fake *fake)
{
	return fake->may_lose || ((struct connection *)fake->ours)->phase == OVER;
}

static void live(void *config)
{
	struct fake *fake = calloc(1, sizeof *fake);
	fake->open = true;
	write_faults(fake);
	fake->ours = envoy_dynamic_module_on_network_filter_new(config, fake);
	struct scheduler *scheduler = last_scheduler;
	CHECK(envoy_dynamic_module_on_network_filter_new_connection(fake, fake->ours) == CONTINUE);
	for (uint64_t step = 0, steps = below(STEPS); step < steps && fake->open; step++) {
		switch (below(6)) {
		case 0:
		case 1:
			arrives(fake, UPSTREAM);
			break;
		case 2:
			arrives(fake, DOWNSTREAM);
			break;
		case 3:
			if (fake->callout_count > 0)
				answer_callout(fake, below(fake->callout_count));
			break;
		case 4:
			wait_a_little();
			break;
		case 5:
			if (below(30) == 0) {
				fake->may_lose = true;
				raise_close(fake);
			}
		}
		if (fake->open)
			run_due(fake, scheduler);
	}
	/* All faults end by themselves. */
	bool whole = below(2) == 0;
	while (whole && fake->open && !lost(fake) && fake->callout_count > 0)
		answer_callout(fake, 0);
	double end = clock_now() + 50;
	while (whole && fake->open && !lost(fake) &&
	       (fake->passed[0] != fake->came[0] || fake->passed[1] != fake->came[1] ||
		fake->passed_end[0] != fake->came_end[0] || fake->passed_end[1] != fake->came_end[1])) {
		CHECK(clock_now() < end);
		wait_a_little();
		run_due(fake, scheduler);
	}
	if (fake->open && below(2))
		raise_close(fake);
	envoy_dynamic_module_on_network_filter_destroy(fake->ours);
	CHECK(scheduler->deleted);
	pthread_mutex_destroy(&scheduler->mutex);
	free(scheduler);
	free(fake);
}

/* One whose bytes are all a little late, and nothing else happens to it. */
static void be_late(void *config)
{
	struct fake *fake = calloc(1, sizeof *fake);
	fake->open = true;
	fake->ours = envoy_dynamic_module_on_network_filter_new(config, fake);
	struct scheduler *scheduler = last_scheduler;
	envoy_dynamic_module_on_network_filter_new_connection(fake, fake->ours);
	char body[100] = { 0 };
	body[4] = (char)sprintf(body + 5, "version 1\nfault s/f upstream 3600000 latency fixed 2 0 60000\n");
	struct text chunk = { body, 5 + (size_t)body[4] };
	struct header good = { ":status", 7, "200", 3 };
	if (fake->callout_count > 0)
		envoy_dynamic_module_on_network_filter_http_callout_done(fake, fake->ours, fake->callouts[0].id,
									 CALLOUT_SUCCESS, &good, 1, &chunk, 1);
	for (size_t each = 0; each < 20 && fake->open; each++) {
		fake->buffer[0] = byte_at(UPSTREAM, fake->came[UPSTREAM]++);
		fake->start = 0;
		fake->length = 1;
		/* Where nobody could be asked what hits it, nothing does. */
		if (envoy_dynamic_module_on_network_filter_read(fake, fake->ours, 1, false) == CONTINUE)
			break;
		while (fake->open && fake->passed[UPSTREAM] != fake->came[UPSTREAM]) {
			wait_a_little();
			run_due(fake, scheduler);
		}
	}
	envoy_dynamic_module_on_network_filter_destroy(fake->ours);
	pthread_mutex_destroy(&scheduler->mutex);
	free(scheduler);
	free(fake);
}

int main(int count, char **arguments)
{
	CHECK(count == 3);
	random_state = strtoull(arguments[1], NULL, 10);
	setenv("RIFTGATE_POD", "default/deathstar", 1);
	char told[] = "side server\ncluster faults_\nmetadata riftgate.effects\nkey connection\nheld 3000000\n";
	struct text value = { told, sizeof told - 1 };
	void *config = envoy_dynamic_module_on_network_filter_config_new(NULL, value, value);
	CHECK(config != NULL);
	for (long each = strtol(arguments[2], NULL, 10); each > 0; each--)
		live(config);
	/* It is learned how late a thread is woken, and all of them are a little. */
	woken_early = 0;
	for (size_t tries = 0; tries < 20 && woken_early == 0; tries++)
		be_late(config);
	CHECK(woken_early > 0);
	envoy_dynamic_module_on_network_filter_config_destroy(config);
	puts("good");
	return 0;
}
