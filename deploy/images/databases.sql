-- One database for each process; they share nothing but the server. Tables are made by the processes themselves.
CREATE DATABASE pool;
CREATE DATABASE services;
