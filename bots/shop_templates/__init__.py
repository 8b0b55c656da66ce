"""Shop templates, a file each: what `bots.sdk.shop_templates` reads."""
