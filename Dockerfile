# The image for people who host Airflow themselves: Composer's Airflow and Python, with the same libraries.
FROM apache/airflow:3.3.1-python3.11

ENV AIRFLOW__CORE__LOAD_EXAMPLES=False \
    PYTHONPATH=/opt/airflow/dags

COPY requirements/composer-3-airflow-3.3.1.lock /tmp/requirements/
RUN uv pip install --no-cache --compile-bytecode --require-hashes \
        --requirement /tmp/requirements/composer-3-airflow-3.3.1.lock

COPY dags/ /opt/airflow/dags/
COPY include/ /opt/airflow/dags/include/
COPY plugins/ /opt/airflow/plugins/
