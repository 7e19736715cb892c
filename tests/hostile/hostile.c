/* A PKCS#11 module over SoftHSM that lies as it is told.
 *
 *   HOSTILE_REAL   path of the module that behaves
 *   HOSTILE        path of a file with the names of lies, separated by blanks; read again at each call
 *
 * A position is a place in CK_FUNCTION_LIST (PKCS#11 2.40), where 0 is the version. Only those named below are replaced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct { ulong_t type; void *value; ulong_t length; } attribute;

enum { GET_FUNCTION_LIST = 4, GET_TOKEN_INFO = 7, GET_ATTRIBUTE_VALUE = 25, FIND_INIT = 27, FIND = 28,
       FIND_FINAL = 29, SIGN_INIT = 43, SIGN = 44, GENERATE_RANDOM = 65, FUNCTIONS = 69 };
enum { CLASS = 0, SENSITIVE = 0x103, EXTRACTABLE = 0x162, PRIVATE_KEY = 3, MOST = 16 };
#define REAL(position) ((ulong_t (*)())real[position])

static void *ours[128], **real;

static int told(const char *lie) {
    char text[256] = "", *rest = text, *word;
    FILE *file = getenv("HOSTILE") ? fopen(getenv("HOSTILE"), "r") : NULL;
    if (!file) return 0;
    if (!fgets(text, sizeof text, file)) text[0] = 0;
    fclose(file);
    while ((word = strsep(&rest, " \n"))) if (!strcmp(word, lie)) return 1;
    return 0;
}

/* other-serial: another token answers under the same label. two-alike: both tokens have one label. */
static ulong_t get_token_info(ulong_t slot, unsigned char *info) {
    static unsigned char label[32];
    ulong_t answer = REAL(GET_TOKEN_INFO)(slot, info);
    if (answer) return answer;
    if (told("other-serial")) memcpy(info + 80, "666", 3);
    if (!memcmp(info, "PRACTICE SMALL-ROOT", 19)) memcpy(label, info, 32);
    else if (told("two-alike") && label[0]) memcpy(info, label, 32);
    return 0;
}

/* constant-random: one octet for ever. repeated-random: the same octets each time, which look like good ones. */
static ulong_t generate_random(ulong_t session, unsigned char *octets, ulong_t length) {
    if (told("constant-random")) { memset(octets, 0x11, length); return 0; }
    if (told("repeated-random")) {
        for (ulong_t i = 0; i < length; i++) octets[i] = (unsigned char)(i * 37 + 11);
        return 0;
    }
    return REAL(GENERATE_RANDOM)(session, octets, length);
}

/* not-sensitive, extractable: what a private key says of itself. */
static ulong_t get_attribute_value(ulong_t session, ulong_t object, attribute *asked, ulong_t count) {
    ulong_t answer = REAL(GET_ATTRIBUTE_VALUE)(session, object, asked, count);
    for (ulong_t i = 0; !answer && i < count; i++) {
        if (!asked[i].value || asked[i].length != 1) continue;
        if (asked[i].type == SENSITIVE && told("not-sensitive")) *(char *)asked[i].value = 0;
        if (asked[i].type == EXTRACTABLE && told("extractable")) *(char *)asked[i].value = 1;
    }
    return answer;
}

/* other-key: another private key of the token signs. */
static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
    ulong_t class = PRIVATE_KEY, found[MOST], count = 0;
    attribute wanted = { CLASS, &class, sizeof class };
    if (told("other-key") && !REAL(FIND_INIT)(session, &wanted, 1UL)) {
        REAL(FIND)(session, found, (ulong_t)MOST, &count);
        REAL(FIND_FINAL)(session);
        for (ulong_t i = 0; i < count; i++) if (found[i] != key) { key = found[i]; break; }
    }
    return REAL(SIGN_INIT)(session, mechanism, key);
}

/* slow: two seconds for a signature. repeated-r: r is that of the signature before. same-signature: all of it is. */
static ulong_t sign(ulong_t session, void *data, ulong_t length, unsigned char *signature, ulong_t *room) {
    static unsigned char before[512];
    static ulong_t kept;
    if (signature && told("slow")) sleep(2);
    ulong_t answer = REAL(SIGN)(session, data, length, signature, room);
    if (answer || !signature || *room > sizeof before) return answer;
    if (kept == *room && told("repeated-r")) memcpy(signature, before, kept / 2);
    if (kept == *room && told("same-signature")) memcpy(signature, before, kept);
    memcpy(before, signature, *room);
    kept = *room;
    return 0;
}

ulong_t C_GetFunctionList(void ***list) {
    if (!real) {
        void *library = getenv("HOSTILE_REAL") ? dlopen(getenv("HOSTILE_REAL"), RTLD_NOW | RTLD_LOCAL) : NULL;
        ulong_t (*functions)(void ***) = library ? (ulong_t (*)(void ***))dlsym(library, "C_GetFunctionList") : NULL;
        if (!functions || functions(&real)) return 5;
        memcpy(ours, real, FUNCTIONS * sizeof *ours);
        ours[GET_FUNCTION_LIST] = (void *)C_GetFunctionList;
        ours[GET_TOKEN_INFO] = (void *)get_token_info;
        ours[GET_ATTRIBUTE_VALUE] = (void *)get_attribute_value;
        ours[SIGN_INIT] = (void *)sign_init;
        ours[SIGN] = (void *)sign;
        ours[GENERATE_RANDOM] = (void *)generate_random;
    }
    *list = ours;
    return 0;
}
