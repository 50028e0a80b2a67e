# SPDX-License-Identifier: Apache-2.0
# Installing, uninstalling, and the test of both.

DOCDIR ?= $(PREFIX)/share/doc/tributary
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
CMAKEDIR ?= $(LIBDIR)/cmake/tributary

# The way from CMAKEDIR to another directory: relative below the same prefix, so that the tree can
# be moved as a whole, else absolute. $(call from_cmakedir,DIRECTORY)
from_cmakedir = $(if $(and $(filter $(PREFIX)/%,$(1)),$(filter $(PREFIX)/%,$(CMAKEDIR))),$(subst $(SPACE),/,$(foreach \
    part,$(subst /, ,$(patsubst $(PREFIX)/%,%,$(CMAKEDIR))),..))/$(patsubst $(PREFIX)/%,%,$(1)),$(1))
SPACE := $(subst ,, )

SUBSTITUTE = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
    -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
    -e 's|@ABI_VERSION@|$(ABI_VERSION)|' -e 's|@PRIVATE@|.private|' \
    -e 's|@LIBDIR_FROM_CONFIG@|$(call from_cmakedir,$(LIBDIR))|' \
    -e 's|@INCLUDEDIR_FROM_CONFIG@|$(call from_cmakedir,$(INCLUDEDIR))|'

INSTALLED = $(patsubst include/%,$(INCLUDEDIR)/%,$(PUBLIC_HEADERS)) \
    $(LIBDIR)/libtributary.a $(LIBDIR)/$(SHARED_FILE) $(LIBDIR)/$(SHARED_ABI) $(LIBDIR)/$(SHARED_LINK) \
    $(PKGCONFIGDIR)/tributary.pc \
    $(CMAKEDIR)/tributary-config.cmake $(CMAKEDIR)/tributary-config-version.cmake \
    $(DOCDIR)/LICENSE $(DOCDIR)/README.md

.PHONY: install uninstall installed-files
install: library
	$(INSTALL) -d '$(DESTDIR)$(INCLUDEDIR)/tributary/internal' '$(DESTDIR)$(LIBDIR)' \
	    '$(DESTDIR)$(PKGCONFIGDIR)' '$(DESTDIR)$(CMAKEDIR)' '$(DESTDIR)$(DOCDIR)'
	$(INSTALL) -m 644 include/tributary/*.h '$(DESTDIR)$(INCLUDEDIR)/tributary'
	$(INSTALL) -m 644 include/tributary/internal/*.h '$(DESTDIR)$(INCLUDEDIR)/tributary/internal'
	$(INSTALL) -m 644 $(LIBRARY_STATIC) '$(DESTDIR)$(LIBDIR)/libtributary.a'
	$(INSTALL) -m 755 $(LIBRARY_SHARED) '$(DESTDIR)$(LIBDIR)/$(SHARED_FILE)'
ifeq ($(PLATFORM),Darwin)
	install_name_tool -id '$(LIBDIR)/$(SHARED_ABI)' '$(DESTDIR)$(LIBDIR)/$(SHARED_FILE)'
endif
	ln -sf $(SHARED_FILE) '$(DESTDIR)$(LIBDIR)/$(SHARED_ABI)'
	ln -sf $(SHARED_ABI) '$(DESTDIR)$(LIBDIR)/$(SHARED_LINK)'
	$(SUBSTITUTE) packaging/tributary.pc.in > '$(DESTDIR)$(PKGCONFIGDIR)/tributary.pc'
	$(SUBSTITUTE) packaging/tributary-config.cmake.in \
	    > '$(DESTDIR)$(CMAKEDIR)/tributary-config.cmake'
	$(SUBSTITUTE) packaging/tributary-config-version.cmake.in \
	    > '$(DESTDIR)$(CMAKEDIR)/tributary-config-version.cmake'
	$(INSTALL) -m 644 LICENSE README.md '$(DESTDIR)$(DOCDIR)'

uninstall:
	rm -f $(foreach file,$(INSTALLED),'$(DESTDIR)$(file)')
	-rmdir '$(DESTDIR)$(INCLUDEDIR)/tributary/internal' '$(DESTDIR)$(INCLUDEDIR)/tributary' \
	    '$(DESTDIR)$(CMAKEDIR)' '$(DESTDIR)$(DOCDIR)' 2>/dev/null

# What install puts where, one path a line; the install test compares.
installed-files:
	@printf '%s\n' $(foreach file,$(INSTALLED),'$(DESTDIR)$(file)')

.PHONY: test-install
test-install: library | setup-test
	Tests/PackagingTests/test '$(MAKE)'
