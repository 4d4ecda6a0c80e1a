import type { NextConfig } from "next";

const nextConfig: NextConfig = {
  // Next.js bundles the driver otherwise, and pg-otel would not see it.
  serverExternalPackages: ["postgres"],
};

export default nextConfig;
