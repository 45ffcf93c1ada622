-- The three roles and the database of Panorama, for a PostgreSQL (15 or later) of your own. As a superuser:
--
--   PANORAMA_DB_PASSWORD_OWNER=… PANORAMA_DB_PASSWORD_APP=… PANORAMA_DB_PASSWORD_ENGINE=… in the environment
--   (read from a file, `set -a; . FILE`: what stands on a command line, every user of the machine sees), then
--   psql -f deploy/postgresql.sql
--
-- owner   migrations and keys; owns every table
-- app     the web: reads and writes only what row-level security lets it see
-- engine  workers and commands: not narrowed by row-level security
-- Tables that nobody may change afterwards are taken from app and engine by the migrations.
\set ON_ERROR_STOP on
\getenv owner_password PANORAMA_DB_PASSWORD_OWNER
\getenv app_password PANORAMA_DB_PASSWORD_APP
\getenv engine_password PANORAMA_DB_PASSWORD_ENGINE
SET password_encryption = 'scram-sha-256';

CREATE ROLE panorama_owner LOGIN NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE panorama_app LOGIN NOBYPASSRLS PASSWORD :'app_password';
CREATE ROLE panorama_engine LOGIN BYPASSRLS PASSWORD :'engine_password';

CREATE DATABASE panorama OWNER panorama_owner ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE panorama FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE panorama TO panorama_app, panorama_engine;

\connect panorama
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO panorama_app, panorama_engine;
ALTER DEFAULT PRIVILEGES FOR ROLE panorama_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO panorama_app, panorama_engine;
ALTER DEFAULT PRIVILEGES FOR ROLE panorama_owner
    GRANT USAGE ON SEQUENCES TO panorama_app, panorama_engine;
