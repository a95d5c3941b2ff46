-- Lets a test give ekeyd bytes, which otherwise come from a key by USB. Found on LUA_PATH before
-- LuaSocket, which it loads: ekeyd's own Lua code requires that first, in the environment in which
-- it then defines itself. To configuration and control sockets it adds
--   AddEntropy(bytes)  passes bytes to ENTROPY, as the daemon does with those of a key
--   Ready()            prints a line, so that a test knows that the sockets are there
package.path = package.path:gsub("^[^;]*;", "", 1)
setmetatable(_G, {
  __newindex = function(globals, name, value)
    rawset(globals, name, value)
    if name == "CONFIG" then -- one of the last, when all the others are defined
      setmetatable(globals, nil)
      function AddEntropy(bytes) ENTROPY(bytes) end
      _ "AddEntropy"
      function Ready() print("ready") io.stdout:flush() end
      _ "Ready"
    end
  end,
})
for template in package.path:gmatch("[^;]+") do
  local module = loadfile((template:gsub("?", "socket")))
  if module then return module("socket") end
end
error("no LuaSocket in " .. package.path)
