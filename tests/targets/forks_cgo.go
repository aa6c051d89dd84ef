package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static long hand_overs;

static void *play(void *arg)
{
	long side = (long)arg;

	for (;;) {
		pthread_mutex_lock(&lock);
		while ((hand_overs & 1) != side)
			pthread_cond_wait(&turn, &lock);
		hand_overs++;
		pthread_cond_broadcast(&turn);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *sleeper(void *arg)
{
	struct timespec ms = {0, 1000000};

	for (;;)
		nanosleep(&ms, NULL);
	return arg;
}

static void start_native(void)
{
	pthread_t t;

	pthread_create(&t, NULL, play, (void *)0);
	pthread_create(&t, NULL, play, (void *)1);
	pthread_create(&t, NULL, sleeper, NULL);
}

static long get_hand_overs(void)
{
	long n;

	pthread_mutex_lock(&lock);
	n = hand_overs;
	pthread_mutex_unlock(&lock);
	return n;
}
*/
import "C"

import "time"

// Threads of C that hand a lock to and fro: they must never come to rest.
func init() {
	native = func() {
		C.start_native()
		go func() {
			for last := C.long(0); ; {
				time.Sleep(5 * time.Second)
				now := C.get_hand_overs()
				if now == last {
					broken("threads of C stand still")
				}
				last = now
			}
		}()
	}
}
