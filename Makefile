# The usual targets; the work is done by the npm scripts.
.DEFAULT_GOAL := help
.PHONY: help dev-install run test lint format clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

dev-install: ## install the node modules and build
	npm ci
	npm run --silent build

run: ## run the service with the development profile
	npm start

test: ## run every check and test
	npm test

lint: ## style, types and layers
	npm run --silent format:check
	npm run --silent lint
	npm run --silent typecheck

format: ## write every file in the house format
	npm run --silent format

clean: ## remove what was built; cameras' files and caches of the user stay
	rm -rf dist coverage .cache
