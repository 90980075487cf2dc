// SPDX-License-Identifier: Apache-2.0
/* Connections of an app whose responses pass at a rate: requests and responses at random, under faults that are on or
 * not, and ends at any moment. As in Envoy, several worker threads have connections, the main thread alone reads the
 * runtime, and what is not read at once is read when the kernel says so. It fails (abort, or what the compiler's checks
 * find) where a byte is lost, where one is late for ever, where a connection is woken that is no more, or where memory is
 * left.
 *
 *   rates SEED CONNECTIONS */

#include "envoy.h"

#include "../../envoy/filter/src/http.h"
#include "../../envoy/filter/src/timer.h"
#include "../../envoy/filter/src/transport.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define WORKERS 3
#define AT_ONCE 8
#define PATIENCE_SECONDS 50
#define MOST_BYTES 30000

static const char HEAD[] = "HTTP/1.1 200 OK\r\nserver: app\r\n\r\n";
static const char *const RATES[] = { "a 300000", "b 1000000" };

/* A connection of Envoy's, as its worker sees it. */
struct app {
	const void *ours;
	int file;
	/* Of the request: what is to be sent. */
	size_t unsent;
	bool plain, shuts, gone;
	/* Nobody leaves before all of a response is there. */
	bool stays;
	/* Of the response: how much of it is there, has come, and was read. */
	size_t length, came, taken;
	unsigned requests;
	bool readable;
};

/* By the number of its file: whether there is a connection, and whether the kernel has woken who waits for it. */
static struct {
	pthread_mutex_t mutex;
	bool open, woken;
} files[WORKERS * AT_ONCE];
static const void *factories[2];
static long connections_per_worker;
static atomic_size_t woken;
static _Thread_local uint64_t chance;

static uint64_t luck(uint64_t bound)
{
	return random_below(&chance, bound);
}

static void pause_for(long nanoseconds)
{
	struct timespec pause = { .tv_nsec = nanoseconds };
	nanosleep(&pause, NULL);
}

static char content(const struct app *app, size_t place)
{
	size_t head = app->plain ? 0 : sizeof HEAD - 1;
	return place < head ? HEAD[place] : byte_at(DOWNSTREAM, place + app->requests);
}

/* --- what the filter calls --------------------------------------------------------------------------------------- */

/* In the C library's place: the kernel wakes who waits for the socket. */
int setsockopt(int file, int level, int option, const void *value, socklen_t length)
{
	(void)level, (void)option;
	CHECK(value != NULL && length == sizeof(int) && file >= 0 && file < WORKERS * AT_ONCE);
	pthread_mutex_lock(&files[file].mutex);
	CHECK(files[file].open);
	files[file].woken = true;
	pthread_mutex_unlock(&files[file].mutex);
	atomic_fetch_add(&woken, 1);
	return 0;
}

int envoy_dynamic_module_callback_transport_socket_get_fd(void *socket)
{
	return ((struct app *)socket)->file;
}

void envoy_dynamic_module_callback_transport_socket_raise_event(void *socket, enum connection_event event)
{
	(void)socket;
	CHECK(event == CONNECTED);
}

enum io_status envoy_dynamic_module_callback_transport_socket_io_read(void *socket, char *bytes, size_t length,
								      size_t *done)
{
	struct app *app = socket;
	size_t there = app->came - app->taken;
	CHECK(length > 0);
	*done = 0;
	if (there == 0 && app->gone && app->taken == app->length)
		return IO_DONE;
	if (there == 0)
		return luck(300) == 0 ? IO_ERROR : IO_AGAIN;
	*done = 1 + luck(there < length ? there : length);
	for (size_t each = 0; each < *done; each++)
		bytes[each] = content(app, app->taken + each);
	return IO_DONE;
}

void envoy_dynamic_module_callback_transport_socket_read_buffer_add(void *socket, const char *bytes, size_t length)
{
	struct app *app = socket;
	CHECK(length > 0 && app->taken + length <= app->came);
	for (size_t each = 0; each < length; each++)
		CHECK(bytes[each] == content(app, app->taken + each));
	app->taken += length;
}

bool envoy_dynamic_module_callback_transport_socket_should_drain_read_buffer(void *socket)
{
	(void)socket;
	return luck(10) == 0;
}

void envoy_dynamic_module_callback_transport_socket_set_is_readable(void *socket)
{
	((struct app *)socket)->readable = true;
}

void envoy_dynamic_module_callback_transport_socket_write_buffer_get_slices(void *socket, struct text *slices,
									    size_t *count)
{
	static const char request[4096];
	struct app *app = socket;
	size_t left = app->unsent, room = *count;
	for (*count = 0; left > 0 && *count < room; (*count)++) {
		size_t some = left < sizeof request ? left : sizeof request;
		slices[*count] = (struct text){ request, some };
		left -= some;
	}
}

enum io_status envoy_dynamic_module_callback_transport_socket_io_write(void *socket, const char *bytes,
								       size_t length, size_t *done)
{
	(void)socket, (void)bytes;
	if (luck(10) == 0)
		return IO_AGAIN;
	*done = 1 + luck(length);
	return IO_DONE;
}

void envoy_dynamic_module_callback_transport_socket_write_buffer_drain(void *socket, size_t length)
{
	struct app *app = socket;
	CHECK(length <= app->unsent);
	app->unsent -= length;
}

void envoy_dynamic_module_callback_transport_socket_io_shutdown_write(void *socket)
{
	struct app *app = socket;
	CHECK(app->unsent == 0 && app->shuts && !app->gone);
	app->gone = true;
}

/* --- what calls the filter --------------------------------------------------------------------------------------- */

static void begin(struct app *app, int file)
{
	memset(app, 0, sizeof *app);
	app->file = file;
	app->stays = luck(2);
	pthread_mutex_lock(&files[file].mutex);
	files[file].open = true;
	files[file].woken = false;
	pthread_mutex_unlock(&files[file].mutex);
	app->ours = envoy_dynamic_module_on_transport_socket_new(factories[luck(2)], app);
	envoy_dynamic_module_on_transport_socket_set_callbacks(app, app->ours);
	envoy_dynamic_module_on_transport_socket_on_connected(app, app->ours);
}

static void end(struct app *app)
{
	envoy_dynamic_module_on_transport_socket_close(app, app->ours, luck(2) ? LOCAL_CLOSE : REMOTE_CLOSE, false);
	pthread_mutex_lock(&files[app->file].mutex);
	files[app->file].open = false;
	pthread_mutex_unlock(&files[app->file].mutex);
	envoy_dynamic_module_on_transport_socket_destroy(app->ours);
	app->ours = NULL;
}

static void ask(struct app *app)
{
	app->requests++;
	app->plain = luck(4) == 0;
	app->unsent = 1 + luck(200000);
	app->length = (app->plain ? 1 : sizeof HEAD) + luck(MOST_BYTES);
	app->came = app->taken = 0;
	app->shuts = luck(4) == 0;
}

/* false: it is over. */
static bool step(struct app *app)
{
	if (app->taken == app->length && !app->gone)
		ask(app);
	if (app->unsent > 0) {
		struct io_result written =
			envoy_dynamic_module_on_transport_socket_do_write(app, app->ours, app->shuts);
		CHECK(written.action == KEEP_OPEN);
		return true;
	}
	bool readable = app->readable;
	if (app->came < app->length && luck(3) == 0) {
		app->came += 1 + luck(app->length - app->came);
		readable = true;
	}
	readable |= app->gone && app->taken == app->length;
	pthread_mutex_lock(&files[app->file].mutex);
	readable |= files[app->file].woken;
	files[app->file].woken = false;
	pthread_mutex_unlock(&files[app->file].mutex);
	if (!readable)
		return true;
	app->readable = false;
	size_t before = app->taken;
	struct io_result read = envoy_dynamic_module_on_transport_socket_do_read(app, app->ours);
	CHECK(read.bytes == app->taken - before);
	CHECK(!read.end_stream || (app->gone && app->taken == app->length));
	return read.action == KEEP_OPEN && !read.end_stream;
}

static void *work(void *seed)
{
	static atomic_int workers;
	int first = AT_ONCE * atomic_fetch_add(&workers, 1);
	chance = (uint64_t)(uintptr_t)seed;
	struct app apps[AT_ONCE] = { 0 };
	long begun = 0, open = 0;
	double patience = clock_now() + PATIENCE_SECONDS;
	while (begun < connections_per_worker || open > 0) {
		CHECK(clock_now() < patience);
		size_t which = luck(AT_ONCE);
		struct app *app = &apps[which];
		if (app->ours == NULL) {
			if (begun == connections_per_worker)
				continue;
			begin(app, first + (int)which);
			begun++, open++;
		}
		if (!step(app) || (!app->stays && luck(600) == 0)) {
			end(app);
			open--;
		}
		if (luck(4) == 0)
			pause_for((long)luck(300000));
	}
	return NULL;
}

int main(int count, char **arguments)
{
	CHECK(count == 3);
	chance = strtoull(arguments[1], NULL, 10);
	connections_per_worker = strtol(arguments[2], NULL, 10);
	is_main = true;
	for (size_t each = 0; each < WORKERS * AT_ONCE; each++)
		pthread_mutex_init(&files[each].mutex, NULL);
	/* One that has the main thread look up what is on. */
	void *config = envoy_dynamic_module_on_http_filter_config_new(NULL, (struct text){ "hold-request", 12 },
								      (struct text){ "", 0 });
	struct text name = { "rate", 4 };
	for (size_t each = 0; each < 2; each++) {
		struct text value = { RATES[each], strlen(RATES[each]) };
		factories[each] =
			envoy_dynamic_module_on_transport_socket_factory_config_new(NULL, name, value, true);
		CHECK(factories[each] != NULL);
		CHECK(envoy_dynamic_module_on_transport_socket_factory_config_new(NULL, name, value, false) ==
		      NULL);
	}
	CHECK(envoy_dynamic_module_on_transport_socket_factory_config_new(NULL, name, (struct text){ "a 0", 3 },
									  true) == NULL);
	pthread_t workers[WORKERS];
	for (size_t each = 0; each < WORKERS; each++)
		CHECK(pthread_create(&workers[each], NULL, work, (void *)(uintptr_t)random_next(&chance)) == 0);
	for (size_t joined = 0; joined < WORKERS;) {
		main_thread_turns(&config);
		if (luck(10) == 0)
			switch_faults(&chance);
		pause_for((long)luck(500000));
		if (pthread_tryjoin_np(workers[joined], NULL) == 0)
			joined++;
	}
	for (size_t each = 0; each < 2; each++)
		envoy_dynamic_module_on_transport_socket_factory_config_destroy(factories[each]);
	envoy_dynamic_module_on_http_filter_config_destroy(config);
	CHECK(atomic_load(&woken) > 0);
	puts("good");
	return 0;
}
