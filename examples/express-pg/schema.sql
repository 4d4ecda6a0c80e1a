CREATE TABLE IF NOT EXISTS products (
  id int PRIMARY KEY, name text NOT NULL, price_cents int NOT NULL, stock int NOT NULL CHECK (stock >= 0));

CREATE TABLE IF NOT EXISTS orders (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE IF NOT EXISTS order_items (
  order_id int REFERENCES orders, product_id int REFERENCES products, quantity int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, product_id));

INSERT INTO products VALUES (1, 'Tea', 450, 1000), (2, 'Coffee', 690, 1000), (3, 'Cup', 1200, 3) ON CONFLICT DO NOTHING;
