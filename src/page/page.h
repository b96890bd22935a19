/*
 * The page that a browser shows: one document with its style and scripts inside. CMake makes it
 * from the files of this folder.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include <stddef.h>

struct page_file {
    const char *type;   /* value of Content-Type */
    const char *policy; /* value of Content-Security-Policy */
    const unsigned char *bytes;
    size_t len;
};

extern const struct page_file page_document;

#endif
