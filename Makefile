# Two commands for a fresh machine (Debian 12, root): `make demo` and `make test`. Nothing else is needed before either.

VENV := .venv
PYTHON := $(VENV)/bin/python
export DEBIAN_FRONTEND := noninteractive

.PHONY: demo test lint unit bench clean

demo: $(VENV)/demo
	$(VENV)/bin/tokengate demo $(ARGS)

test: system $(VENV)/test lint
	$(PYTHON) -m pytest $(ARGS)

lint: $(VENV)/test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

unit: $(VENV)/test
	$(PYTHON) -m pytest --ignore=tests/integration $(ARGS)

bench: system $(VENV)/test
	command -v pgbouncer >/dev/null && command -v haproxy >/dev/null || (apt-get update -q && apt-get install -qy --no-install-recommends pgbouncer haproxy)
	$(PYTHON) -m bench $(ARGS)

# The environment, with the extras a target needs. `editable_mode=compat` keeps twisted/plugins on the path.
$(VENV)/bin/python:
	python3 -m venv $(VENV) 2>/dev/null || (apt-get update -q && apt-get install -qy --no-install-recommends python3-venv && python3 -m venv --clear $(VENV))
	$(PYTHON) -m pip install -q --upgrade pip

$(VENV)/demo: $(VENV)/bin/python setup.cfg setup.py pyproject.toml $(wildcard tokengate/protocols/*/*.pyx)
	$(PYTHON) -m pip install -q -e '.[demo]' --config-settings editable_mode=compat
	touch $@

$(VENV)/test: $(VENV)/bin/python setup.cfg setup.py pyproject.toml $(wildcard tokengate/protocols/*/*.pyx)
	$(PYTHON) -m pip install -q -e '.[demo,test]' --config-settings editable_mode=compat
	touch $@

# What the integration tests need from Debian, where it is not there yet.
.PHONY: system
system:
	@missing=""; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql postgresql-contrib"; \
	command -v psql >/dev/null || missing="$$missing postgresql-client"; \
	command -v ssh >/dev/null && command -v ssh-keygen >/dev/null || missing="$$missing openssh-client"; \
	test -x /usr/sbin/sshd || missing="$$missing openssh-server"; \
	test -x /usr/lib/openssh/sftp-server || missing="$$missing openssh-sftp-server"; \
	command -v rsync >/dev/null || missing="$$missing rsync"; \
	command -v Xvfb >/dev/null || missing="$$missing xvfb"; \
	command -v xauth >/dev/null || missing="$$missing xauth"; \
	command -v xdpyinfo >/dev/null || missing="$$missing x11-utils"; \
	command -v zsh >/dev/null || missing="$$missing zsh"; \
	command -v mksh >/dev/null || missing="$$missing mksh"; \
	command -v git >/dev/null || missing="$$missing git"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	test -e "$$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" || missing="$$missing python3-dev"; \
	if [ -n "$$missing" ]; then apt-get update -q && apt-get install -qy --no-install-recommends $$missing; fi

clean:
	rm -rf $(VENV) build dist *.egg-info tokengate/protocols/postgres/_rows.c tokengate/protocols/postgres/_rows*.so
