# mod_mta_sts: `make demo` shows it, `make check` tests it, `make` builds it.
#
#   make APXS=/opt/httpd/bin/apxs        another httpd
#   make install DESTDIR=/tmp/root       into a staging folder
#   make WERROR=                         warnings stay warnings

APXS    ?= apxs
# a relative path to it is one from here
ifneq (,$(findstring /,$(APXS)))
override APXS := $(abspath $(APXS))
endif
APXSFLAGS ?=
DESTDIR ?=
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
# Where reports wait, unless TLSRPTSpool says: httpd 2.4 has no such folder.
TLSRPT_SPOOL ?= /var/lib/apache2/tlsrpt
NEEDS   := sh t/lib/needs.sh
PKGCONF ?= pkg-config

B := build

CORE_C  := name policy record unpaste value escape
HTTPD_C := mod_mta_sts config vhost answering catalog finding check \
           check_policy check_start page serve dump cert start public

# Reports: core/ of mod_tlsrpt and of mta-sts(1), not of mod_mta_sts.
REPORT_C := unpack prescan json repair repair_list repair_value result digest \
            tlsrpt tlsrpt_policy advice advice_result advice_finding \
            advice_reason spool spool_out folders room entry own_pool \
            store store_params store_file store_check store_sql \
            store_schema store_add store_insert store_anybody \
            store_totals store_expire drain drain_refused attempt \
            day put put_json ask summary summary_count summary_cause summary_mx \
            summary_seen summary_policy summary_find summary_judge \
            summary_list summary_text summary_json summary_json_list \
            summary_metrics summary_plot summary_frame summary_html \
            summary_html_table summary_html_list
TLSRPT_C := mod_tlsrpt config httpd_spool ours shared body read receive \
            intake intake_store intake_monitor section access lend view
CLI_C    := mta_sts command reader zip authres mail source source_octets \
            judge judge_find report report_text report_text_fault report_json \
            report_csv lines progress import summary summary_text \
            summary_text_why

CORE    := $(CORE_C:%=mod_mta_sts/core/%.c)
REPORT  := $(REPORT_C:%=mod_mta_sts/core/%.c)
MODULE  := $(CORE) $(HTTPD_C:%=mod_mta_sts/httpd/%.c)
TLSRPT  := $(CORE) $(REPORT) $(TLSRPT_C:%=mod_mta_sts/tlsrpt/%.c)
CLI     := $(CORE) $(REPORT) $(CLI_C:%=mod_mta_sts/cli/%.c)
MODULES := mta_sts tlsrpt
TOOL    := $(B)/mta-sts
HEADERS := $(wildcard mod_mta_sts/*.h mod_mta_sts/*/*.h)

# ---- flags -----------------------------------------------------------------

WERROR  ?= -Werror
WARN    := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wvla -Wundef \
           -Wwrite-strings
# The macros of httpd and APR are not ours to mend.
SYSTEM   = -isystem $(shell $(APXS) -q INCLUDEDIR) \
           -isystem $(shell $(APR_CONFIG) --includedir)
# Debian's hardening flags come in through the environment of dpkg-buildpackage.
USERFLAGS := $(CPPFLAGS) $(CFLAGS)
USERLINK  := $(LDFLAGS)
OPENSSL_C  := $(shell $(PKGCONF) --cflags openssl 2>/dev/null)
OPENSSL_L  := $(shell $(PKGCONF) --libs openssl 2>/dev/null || echo -lssl -lcrypto)

# No folder of the builder in the debug information (not with a blank in it,
# which no flag can hand through).
PREFIX_MAP := $(if $(word 2,$(CURDIR)),,-ffile-prefix-map=$(CURDIR)/$(B)/apxs/mta_sts=mod_mta_sts \
    -ffile-prefix-map=$(CURDIR)/$(B)/apxs/tlsrpt=mod_mta_sts)

comma := ,
# -Wc,X and -Wl,X hand X through apxs to the compiler and to the linker.
wc = $(foreach f,$(1),"-Wc,$(f)")
wl = $(foreach f,$(1),"-Wl,$(f)")

.DELETE_ON_ERROR:
.PHONY: all module units fuzz install uninstall clean check demo lint bench \
        clang sanitize fuzz-run deb check-world

all: module $(TOOL)

module: $(MODULES:%=$(B)/mod_%.so)

# Other flags, or another apxs, build anew.
BUILT_WITH := $(APXS) $(APXSFLAGS) $(CC) $(WERROR) $(TLSRPT_SPOOL) $(USERFLAGS) $(USERLINK)
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(BUILT_WITH)' | cmp -s - $@ || echo '$(BUILT_WITH)' >$@
FORCE:
.PHONY: FORCE

# ---- the modules -----------------------------------------------------------

SOURCES_mta_sts := $(MODULE)
SOURCES_tlsrpt  := $(TLSRPT)
LIBS_mta_sts     = $(OPENSSL_L)
LIBS_tlsrpt      = $(OPENSSL_L) -ljansson -lz
# Its quotes come through make, apxs and libtool, each of which takes some.
DEFS_tlsrpt     := -DTLSRPT_SPOOL='\"$(TLSRPT_SPOOL)\"'
EXPORT_mta_sts  := httpd/export.map
EXPORT_tlsrpt   := tlsrpt/export.map

# apxs leaves its objects beside the sources: give it a copy to work in. The
# module is moved into place, because an httpd may have the old one mapped.
define module_rule
$(B)/mod_$(1).so: $$(SOURCES_$(1)) $$(HEADERS) mod_mta_sts/$$(EXPORT_$(1)) Makefile $(B)/flags
	@command -v $$(APXS) >/dev/null || { echo "There is no $$(APXS): install apache2-dev, or say which: make APXS=/opt/httpd/bin/apxs" >&2; exit 1; }
	rm -rf $(B)/apxs/$(1) && mkdir -p $(B)/apxs/$(1)
	cp -R mod_mta_sts/* $(B)/apxs/$(1)/
	cd $(B)/apxs/$(1) && $$(APXS) $$(APXSFLAGS) -c -o mod_$(1).la -I. \
	    $$(call wc,-std=c99 $$(WARN) $$(SYSTEM) $$(PREFIX_MAP) \
	        $$(OPENSSL_C) $$(DEFS_$(1)) $$(USERFLAGS)) \
	    $$(call wl,$$(USERLINK) -Wl$$(comma)--version-script=$$(EXPORT_$(1))) \
	    $$(SOURCES_$(1):mod_mta_sts/%=%) $$(LIBS_$(1))
	cp $(B)/apxs/$(1)/.libs/mod_$(1).so $$@.new
	mv -f $$@.new $$@
endef
$(foreach m,mta_sts tlsrpt,$(eval $(call module_rule,$(m))))

# ---- the tool --------------------------------------------------------------

$(B)/mta-sts: $(CLI) $(HEADERS) Makefile $(B)/flags
	@mkdir -p $(@D)
	$(CC) -std=c99 -g -O2 $(WARN) $(SYSTEM) -Imod_mta_sts $(APR_C) $(OPENSSL_C) \
	    $(CLI_CFLAGS) -DTLSRPT_SPOOL='"$(TLSRPT_SPOOL)"' $(USERFLAGS) \
	    $(USERLINK) -o $@.new $(CLI) $(APR_L) \
	    $(OPENSSL_L) -ljansson -lz $(CLI_LIBS)
	mv -f $@.new $@

# GMime (mail) and libarchive (zip) belong to the tool alone.
CLI_CFLAGS = $(patsubst -I%,-isystem %,$(shell $(PKGCONF) --cflags gmime-3.0 libarchive))
CLI_LIBS   = $(shell $(PKGCONF) --libs gmime-3.0 libarchive)

LIBEXECDIR = $(shell $(APXS) -q LIBEXECDIR)

install: all
	install -d "$(DESTDIR)$(LIBEXECDIR)"
	install -m 644 $(MODULES:%=$(B)/mod_%.so) "$(DESTDIR)$(LIBEXECDIR)/"
	install -d "$(DESTDIR)$(MANDIR)/man5"
	install -m 644 $(MODULES:%=docs/mod_%.5) "$(DESTDIR)$(MANDIR)/man5/"
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(MANDIR)/man1"
	install -m 755 $(TOOL) "$(DESTDIR)$(BINDIR)/"
	install -m 644 docs/mta-sts.1 "$(DESTDIR)$(MANDIR)/man1/"

uninstall:
	rm -f $(MODULES:%="$(DESTDIR)$(LIBEXECDIR)/mod_%.so")
	rm -f $(MODULES:%="$(DESTDIR)$(MANDIR)/man5/mod_%.5")
	rm -f "$(DESTDIR)$(BINDIR)/mta-sts" "$(DESTDIR)$(MANDIR)/man1/mta-sts.1"

clean:
	rm -rf $(B)

# ---- unit tests and fuzz targets of core/ ----------------------------------

APR_CONFIG = $(shell $(APXS) -q APR_CONFIG)
APU_CONFIG = $(shell $(APXS) -q APU_CONFIG)
APR_C = $(shell $(APR_CONFIG) --cppflags --cflags --includes) \
        $(shell $(APU_CONFIG) --includes)
APR_L = $(shell $(APR_CONFIG) --link-ld --libs) $(shell $(APU_CONFIG) --link-ld)

UNIT_C := $(wildcard t/unit/*.c)
FUZZ_C := $(wildcard t/fuzz/*.c)
FUZZ   := $(FUZZ_C:t/fuzz/%.c=$(B)/fuzz/%)
# A fuzz target compiled without a fuzzer replays its corpus, and says TAP.
REPLAY := $(FUZZ_C:t/fuzz/%.c=$(B)/replay/%)
# Programs of tests, which say no TAP themselves.
HELPER := $(patsubst t/tlsrpt/%.c,$(B)/tlsrpt/%,$(wildcard t/tlsrpt/*.c))
UNITS  := $(UNIT_C:t/unit/%.c=$(B)/unit/%) $(REPLAY)
FUZZCC ?= clang
FUZZFLAGS := -g -O1 -fsanitize=fuzzer,address,undefined \
             -fno-sanitize-recover=undefined -fno-omit-frame-pointer
UNITFLAGS := -g
# see t/fuzz/fuzz.h
FUZZLINK := -Wl,--wrap=apr_palloc

units: $(UNITS) $(HELPER)

# core/ compiled once: for unit tests, and with the fuzzer's flags.
C_UNIT = $(CC) -std=c99 $(UNITFLAGS) $(WARN) $(SYSTEM) -Imod_mta_sts -It/unit \
    -It/fuzz $(APR_C) $(OPENSSL_C) $(USERFLAGS)
C_FUZZ = $(FUZZCC) -std=c99 $(WARN) $(SYSTEM) $(FUZZFLAGS) -Imod_mta_sts \
    -It/fuzz $(APR_C) $(OPENSSL_C)
L_UNIT = $(APR_L) $(OPENSSL_L) -ljansson -lz
OBJECTS := $(patsubst mod_mta_sts/%.c,%.o,$(CORE) $(REPORT))

$(B)/obj/%.o: mod_mta_sts/%.c $(HEADERS) Makefile $(B)/flags
	@mkdir -p $(@D)
	$(C_UNIT) -c -o $@ $<

$(B)/fuzz/obj/%.o: mod_mta_sts/%.c $(HEADERS) Makefile $(B)/flags
	@mkdir -p $(@D)
	$(C_FUZZ) -c -o $@ $<

$(B)/core.a: $(OBJECTS:%=$(B)/obj/%)
$(B)/fuzz/core.a: $(OBJECTS:%=$(B)/fuzz/obj/%)
$(B)/core.a $(B)/fuzz/core.a:
	rm -f $@
	ar rcs $@ $^

$(B)/tlsrpt/%: t/tlsrpt/%.c $(B)/core.a
	@mkdir -p $(@D)
	$(C_UNIT) $(USERLINK) -o $@ $< $(B)/core.a $(L_UNIT)

$(B)/unit/%: t/unit/%.c $(wildcard t/unit/*.h) $(B)/core.a
	@mkdir -p $(@D)
	$(C_UNIT) $(USERLINK) -o $@ $< $(B)/core.a $(L_UNIT) -lcmocka

$(B)/replay/%: t/fuzz/%.c $(wildcard t/fuzz/*.h) $(B)/core.a
	@mkdir -p $(@D)
	$(C_UNIT) -DFUZZ_MAIN='"$*"' $(USERLINK) $(FUZZLINK) -o $@ $< $(ALSO) \
	    $(B)/core.a $(L_UNIT)

# The mail reader belongs to the tool, with GMime.
MAIL_C := mod_mta_sts/cli/mail.c mod_mta_sts/cli/authres.c
$(B)/replay/mail $(B)/fuzz/mail: ALSO = $(CLI_CFLAGS) $(MAIL_C) $(CLI_LIBS)
$(B)/replay/mail $(B)/fuzz/mail: $(MAIL_C)

# build/fuzz/NAME -max_total_time=120 build/corpus t/fuzz/corpus/NAME
fuzz: $(FUZZ)

$(B)/fuzz/%: t/fuzz/%.c $(wildcard t/fuzz/*.h) $(B)/fuzz/core.a
	$(C_FUZZ) $(FUZZLINK) -o $@ $< $(ALSO) $(B)/fuzz/core.a $(L_UNIT)

# ---- the two commands, and the rest ----------------------------------------

# What is written for the httpd of Debian stays out with another one.
DEBIANS := t/acme t/recipes
TESTED  := $(if $(filter apxs,$(APXS)),t,$(filter-out $(DEBIANS),$(sort $(patsubst %/,%,$(dir $(wildcard t/*/*.t))))))

check:
	$(NEEDS) build check
	$(MAKE) all units
	APXS="$(APXS)" prove -r $(PROVEFLAGS) $(TESTED) $(UNITS)

demo:
	$(NEEDS) build demo
	$(MAKE) all
	APXS="$(APXS)" perl t/lib/demo.pl

# ---- more than `make check`, for those who change the code ------------------

lint: all
	APXS="$(APXS)" prove -r $(PROVEFLAGS) t/lint

# What the other compiler says.
clang:
	$(MAKE) CC=clang APXSFLAGS="-S CC=clang" B=$(B)/clang all units

# The tests again: the modules, the tool and the unit tests under
# AddressSanitizer and UndefinedBehaviorSanitizer, which end what they find
# faulty with a status that is none of the tool's. (Leaks are off: pools look
# like leaks.) Two tests stay out: growth, because the memory is then ASan's,
# and coexist-acme, whose mod_md has a thread that can be in OpenSSL when the
# process ends.
UNSANITIZED := growth coexist-acme
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
sanitize:
	$(MAKE) B=$(B)/sanitize all units LDFLAGS="$(SANITIZE)" \
	    CFLAGS="$(SANITIZE) -fno-omit-frame-pointer -U_FORTIFY_SOURCE -g -O1"
	APXS="$(APXS)" MODULE_DIR="$(CURDIR)/$(B)/sanitize" \
	    HTTPD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)" \
	    ASAN_OPTIONS=detect_leaks=0:exitcode=86 UBSAN_OPTIONS=print_stacktrace=1:exitcode=86 \
	    prove $(PROVEFLAGS) $(UNITS:$(B)/%=$(B)/sanitize/%) \
	    $(filter-out $(UNSANITIZED:%=t/httpd/%.t),$(sort $(wildcard t/httpd/*.t))) \
	    $(sort $(wildcard t/tlsrpt/*.t) $(wildcard t/cli/*.t)) t/senders/fetch.t

# Each fuzz target for FUZZSECONDS, two at a time; what is found stays in
# build/fuzz/found-NAME.
FUZZSECONDS ?= 60
fuzz-run: fuzz
	set -e; for f in $(FUZZ:$(B)/fuzz/%=%); do echo $$f; done | xargs -P2 -I@ sh -c \
	    'mkdir -p $(B)/fuzz/corpus-@ && exec $(B)/fuzz/@ -max_total_time=$(FUZZSECONDS) -max_len=70000 \
	     -artifact_prefix=$(B)/fuzz/found-@- -print_final_stats=1 $(B)/fuzz/corpus-@ t/fuzz/corpus/@ \
	     >$(B)/fuzz/log-@ 2>&1 || { tail -40 $(B)/fuzz/log-@; exit 255; }'
	grep -H 'stat::number_of_executed_units' $(B)/fuzz/log-*

# Ratios side by side; takes about a quarter of an hour (docs/performance.md).
bench:
	$(NEEDS) build bench
	$(MAKE) all
	APXS="$(APXS)" perl t/bench/run.pl

# ---- the Debian package ----------------------------------------------------

# In a clean root of Debian; the result is in build/deb.
deb:
	$(NEEDS) deb
	OUT=build/deb sh t/world/deb.sh

# What takes longer than a test may: the package, built twice and tried in roots
# of its own; the way of README.md in a fresh one; httpd from source, the oldest
# and the newest, with three MPMs. Needs Debian, root and the network, or says
# what is missing. HTTPD_SOURCE and the like: t/world/httpd.sh.
WORLD ?= package first-policy apxs
check-world:
	$(NEEDS) build check world apxs
	prove --verbose --exec sh $(WORLD:%=t/world/%.sh)
