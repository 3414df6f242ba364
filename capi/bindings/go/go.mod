module reckon.dev/reckon

go 1.23
