package main

var more []func()
