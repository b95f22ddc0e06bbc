# Short names for the commands of this project. PYTHON is the Python of your virtual environment.
PYTHON ?= python

.PHONY: setup run test-fast test lint types bench-quick

setup:  ## install the app, the command sequence-lab and the tools for development
	$(PYTHON) -m pip install -r requirements-dev.txt
	$(PYTHON) -m pip install --no-deps -e .

run:  ## start the app on http://127.0.0.1:8501
	$(PYTHON) -m streamlit run app.py

test-fast:  ## the tests that need neither TensorFlow nor a browser, a page or another process
	$(PYTHON) -m pytest -m fast

test:  ## all tests and all rows of the scorecard
	$(PYTHON) -m pytest
	$(PYTHON) -m tests.faults.scorecard --all

lint:  ## the linter and the formatter's check
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:  ## the type checker
	$(PYTHON) -m mypy

bench-quick:  ## how many reviews a second one included network scores; needs the IMDB reviews, not TensorFlow
	$(PYTHON) -m bench.scoring --networks cnn_lstm_dense --reviews 2000 --turns 1
