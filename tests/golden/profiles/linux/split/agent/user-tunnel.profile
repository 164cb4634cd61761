{
 "aaa_name": "core1.corp.contoso.com",
 "authorities": [
  "-----BEGIN CERTIFICATE-----\nMIIBbjCCAROgAwIBAgIUJjgt+VfxwKBxpZN7nYjtFGCgUoAwCgYIKoZIzj0EAwIw\nLDEQMA4GA1UECgwHQ29udG9zbzEYMBYGA1UEAwwPQ29udG9zbyBSb290IENBMB4X\nDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowLDEQMA4GA1UECgwHQ29udG9z\nbzEYMBYGA1UEAwwPQ29udG9zbyBSb290IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0D\nAQcDQgAETvPaAZMR/mxW+YFYtRuILYj9o+oo3BINM7oMNo5NiHhiORxzd+CDC7J5\nx742siIS2ywUPfM/ngczK17giz7NG6MTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggq\nhkjOPQQDAgNJADBGAiEAzTyYXKzpvqMcAwWHFJkc+nf6+liUUiP3h9hC/us1vmwC\nIQDC8DZ8nm4ZdQmrqE/hcXple37vQIgU9+g7JhSVbum5aQ==\n-----END CERTIFICATE-----\n",
  "-----BEGIN CERTIFICATE-----\nMIIBcDCCARagAwIBAgIUGZaLgTWg0GbnIz6GMipyidYtjOIwCgYIKoZIzj0EAwIw\nLDEQMA4GA1UECgwHQ29udG9zbzEYMBYGA1UEAwwPQ29udG9zbyBSb290IENBMB4X\nDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowLzEQMA4GA1UECgwHQ29udG9z\nbzEbMBkGA1UEAwwSQ29udG9zbyBJc3N1aW5nIENBMFkwEwYHKoZIzj0CAQYIKoZI\nzj0DAQcDQgAEFOyuKrfgUI4iXC90tk8yOnc8Z89/c+Ij/6jqvVOxLuGcUHYw0/Pw\nS8pdTZfQ/+ydKKwkyMLpaaiu0rp0sK+kCqMTMBEwDwYDVR0TAQH/BAUwAwEB/zAK\nBggqhkjOPQQDAgNIADBFAiAiOCSQ6dLOQ1YarcgUJniIyBsQwkYQFMQS8saDS37t\n/QIhALR180L8Ibf3/aV46hqrQyH7Z34/gmmGvbhdhouLoYB/\n-----END CERTIFICATE-----\n"
 ],
 "child_seconds": 28800,
 "dpd_seconds": 2,
 "esp_proposals": [
  "aes128gcm16-ecp256"
 ],
 "gateway": "vpn.contoso.com",
 "ike_proposals": [
  "aes128gcm16-prfsha256-modp2048"
 ],
 "ike_seconds": 86400,
 "policy": "1.3.6.1.4.1.32473.1.4",
 "pools": [
  "10.98.0.0/24",
  "10.99.0.0/24"
 ],
 "probes": [
  {
   "address": "10.0.0.30",
   "port": 80
  }
 ],
 "routes": [
  "10.0.0.30/32",
  "10.20.0.0/16"
 ],
 "schema": 1
}
