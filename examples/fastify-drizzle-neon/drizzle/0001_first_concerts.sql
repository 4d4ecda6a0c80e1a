INSERT INTO "concerts" ("title", "seats_left") VALUES ('Winterreise', 200), ('Goldberg Variations', 1);
