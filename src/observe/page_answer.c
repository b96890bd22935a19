#include "observe/answers.h"
#include "page/page.h"

bool answer_page(struct inquiry *inquiry)
{
    inquiry->answer = (struct http_answer){
        .status = 200,
        .type = page_document.type,
        .csp = page_document.policy,
        .bytes = page_document.bytes,
        .len = page_document.len,
        .is_static = true,
    };
    return true;
}
