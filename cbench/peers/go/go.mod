module tributary/peers

go 1.19
