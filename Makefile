# Python 3.11 or newer and make are all it takes. `make help` lists what there is.
PYTHON ?= python3
HOUSE = $(PYTHON) -m config.launcher

.PHONY: help up test demo check audit bench lock
help: ; @$(HOUSE) help
up: ; @$(HOUSE) up
test: ; @$(HOUSE) test $(ARGS)
demo: ; @$(HOUSE) demo $(ARGS)
check: ; @$(HOUSE) check
audit: ; @$(HOUSE) audit
bench: ; @$(HOUSE) bench $(ARGS)
lock: ; @$(HOUSE) lock
