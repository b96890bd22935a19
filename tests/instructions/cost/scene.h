/* A store in the state that an attack needs: what earlier requests have left behind. */
#ifndef COST_SCENE_H
#define COST_SCENE_H

#include "host.h"
#include "wire/encode.h"

enum { SCENE_LARGE = 8 << 20 /* bytes of the largest value in a request */ };

struct scene {
    struct host host;
    struct session owner;   /* of what is stored */
    struct session *others; /* waiting clients */
    size_t count;           /* of those */
    size_t requests;        /* of the waiting clients */
    size_t sent;            /* bytes of these requests */
};

/* A kind of value, under one name or under many. */
struct kind {
    const char *name;
    size_t names;                                          /* that differ */
    size_t key_len;                                        /* 0: short */
    void (*prepare)(struct scene *scene, struct span key); /* for each name; NULL: none */
};

extern const struct kind kinds[];
extern const size_t kind_count;

/* With the names of that kind. */
void scene_begin(struct scene *scene, const struct kind *kind);

/* All waiting clients leave. */
void scene_leave(struct scene *scene);

/* After scene_leave. */
void scene_end(struct scene *scene);

/* The `index`th name, valid until the next call. */
struct span scene_key(const struct kind *kind, size_t index);

/* The bytes of a request. The caller frees them. */
struct span scene_encode(const struct encode *encode);

/* `len` times the same byte, static. */
struct span scene_value(char byte, size_t len);

#endif
