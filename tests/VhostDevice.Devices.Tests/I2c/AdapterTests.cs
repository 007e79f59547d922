// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>Finding adapters by name in a made-up sysfs, and what is checked before one is used.</summary>
public sealed class AdapterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("i2c-");
    private readonly List<FakeAdapterFile> _files = [];
    private FakeAdapterFile _next = new(I2cFunctions.I2c);
    private Errno _openFails;

    public void Dispose()
    {
        _next.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void An_adapter_is_found_by_its_trimmed_name()
    {
        I2cAdapters adapters = Adapters((3, "Synopsys DesignWare\n"), (12, "i915 gmbus dpb"));
        Assert.True(adapters.TryFind(" Synopsys DesignWare ", out uint number, out _));
        Assert.Equal(3u, number);
    }

    [Fact]
    public void An_adapter_is_found_by_its_node_by_links_to_it_and_by_the_kernels_name()
    {
        I2cAdapters adapters = Adapters((3, "bus: a"));
        string node = Path.Combine(_folder.FullName, "i2c-7");
        string link = Path.Combine(_folder.FullName, "i2c-dock");
        string further = Path.Combine(_folder.FullName, "sensors");
        File.WriteAllText(node, "");
        File.CreateSymbolicLink(link, "i2c-7");
        File.CreateSymbolicLink(further, link);
        foreach ((string name, uint expected) in ((string, uint)[])[(node, 7), (link, 7), (further, 7), (" i2c-12 ", 12), ("bus: a", 3)])
        {
            Assert.True(adapters.TryFind(name, out uint number, out string problem), problem);
            Assert.Equal(expected, number);
        }
    }

    [Fact]
    public void A_path_that_leads_to_no_adapter_says_so()
    {
        I2cAdapters adapters = Adapters((3, "a"));
        string other = Path.Combine(_folder.FullName, "i2c-of-mine");
        Assert.False(adapters.TryFind(other, out _, out string problem));
        Assert.Equal($"{other} cannot be opened: No such file or directory", problem);
        File.WriteAllText(other, "");
        Assert.False(adapters.TryFind(other, out _, out problem));
        Assert.Equal($"{other} is no I2C adapter: a device node /dev/i2c-N was expected, or a link to one", problem);
    }

    [Fact]
    public void Clients_are_no_adapters_and_unreadable_names_do_not_matter()
    {
        I2cAdapters adapters = Adapters((3, "a"));
        Make("3-0050", "wanted");
        Make("i2c-x", "wanted");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "sys", "i2c-7")); // without a name
        Assert.False(adapters.TryFind("wanted", out _, out string problem));
        Assert.Equal("there is no I2C adapter named 'wanted'; there are 3 'a'", problem);
    }

    [Fact]
    public void A_machine_without_adapters_says_so()
    {
        Assert.False(Adapters().TryFind("a", out _, out string problem));
        Assert.Equal("there is no I2C adapter named 'a'; this machine has no I2C adapters", problem);
    }

    [Fact]
    public void A_name_that_several_have_is_refused()
    {
        Assert.False(Adapters((3, "a"), (4, "a")).TryFind("a", out _, out string problem));
        Assert.Contains("are all named 'a': give a number", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_that_cannot_be_opened_says_why()
    {
        I2cAdapters adapters = Adapters((3, "a"));
        _openFails = Errno.EACCES;
        Assert.Equal("/dev-of-test/i2c-3 cannot be opened: Permission denied", Problem(adapters, 3));
        _openFails = Errno.ENOENT;
        Assert.Equal("/dev-of-test/i2c-3 does not exist, but the adapter does: load the kernel module i2c-dev", Problem(adapters, 3));
        Assert.Equal("/dev-of-test/i2c-9 cannot be opened: No such file or directory", Problem(adapters, 9));
    }

    [Fact]
    public void What_cannot_be_used_is_refused_and_closed()
    {
        I2cAdapters adapters = Adapters((3, "a"));
        _next = new FakeAdapterFile(I2cFunctions.None) { FunctionsFailWith = Errno.ENOTTY };
        Assert.Contains("is it an I2C adapter?", Problem(adapters, 3), StringComparison.Ordinal);
        _next = new FakeAdapterFile(I2cFunctions.TenBit);
        Assert.Equal("i2c-3 can make neither I2C nor SMBus transfers (functionality 0x2)", Problem(adapters, 3));
        _next = new FakeAdapterFile(I2cFunctions.I2c);
        Assert.Equal("i2c-3 cannot make transfers with 10-bit addresses (t0x123)", Problem(adapters, 3, (0x123, true)));
        _next = new FakeAdapterFile(I2cFunctions.I2c) { AddressFailsWith = Errno.EINVAL };
        Assert.Equal("address 0x50 on i2c-3 cannot be used: Invalid argument", Problem(adapters, 3, (0x50, false)));
        Assert.Equal(4, _files.Count);
        Assert.All(_files, f => Assert.True(f.IsDisposed));
    }

    [Fact]
    public void An_address_that_a_driver_has_is_refused_and_the_driver_is_named()
    {
        I2cAdapters adapters = Adapters((3, "a"));
        _next = new FakeAdapterFile(I2cFunctions.I2c) { AddressFailsWith = Errno.EBUSY };
        Assert.Equal("address 0x48 on i2c-3 is in use by a driver of the host", Problem(adapters, 3, (0x48, false)));
        Make("3-0048", "lm75");
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "sys", "3-0048", "driver"), "../../../bus/i2c/drivers/lm75");
        Assert.StartsWith(
            "address 0x48 on i2c-3 is in use by the host's driver lm75: unbind it",
            Problem(adapters, 3, (0x48, false)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(I2cFunctions.I2c)]
    [InlineData(I2cFunctions.SmbusQuick)]
    [InlineData(I2cFunctions.SmbusReadI2cBlock)]
    [InlineData(I2cFunctions.SmbusProcessCall)]
    public void A_good_adapter_is_opened_with_its_addresses(I2cFunctions functions)
    {
        I2cAdapters adapters = Adapters((3, "a"));
        _next = new FakeAdapterFile(functions);
        Assert.True(adapters.TryOpen(3, [(0x50, false)], out LinuxI2cBus? bus, out _));
        using (bus)
        {
            Assert.Equal("i2c-3", bus!.Name);
            Assert.True(bus.MayBlock);
            Assert.True(bus.HasAddress(0x50, false));
            Assert.False(bus.HasAddress(0x50, true) || bus.HasAddress(0x51, false));
            Assert.Equal(["address 50"], _next.Calls);
        }

        Assert.True(_next.IsDisposed);
    }

    /// <summary>The real calls, on something that is no adapter.</summary>
    [Fact]
    public void A_plain_file_is_no_adapter()
    {
        string path = Path.Combine(_folder.FullName, "i2c-3");
        File.WriteAllText(path, "");
        I2cAdapters adapters = new(_folder.FullName, Path.Combine(_folder.FullName, "sys"), I2cAdapters.Host.Open);
        Assert.False(adapters.TryOpen(3, [], out _, out string problem));
        Assert.Equal("i2c-3 does not say what it can do: Inappropriate ioctl for device; is it an I2C adapter?", problem);
    }

    private string Problem(I2cAdapters adapters, uint number, params (ushort Address, bool TenBit)[] addresses)
    {
        Assert.False(adapters.TryOpen(number, addresses, out LinuxI2cBus? bus, out string problem));
        Assert.Null(bus);
        return problem;
    }

    private I2cAdapters Adapters(params (int Number, string Name)[] adapters)
    {
        foreach ((int number, string name) in adapters)
            Make($"i2c-{number}", name);
        return new I2cAdapters("/dev-of-test", Path.Combine(_folder.FullName, "sys"), Open);
    }

    private Errno Open(string path, out IAdapterFile? file)
    {
        file = null;
        if (_openFails.IsError)
            return _openFails;
        _files.Add(_next);
        file = _next;
        return Errno.Success;
    }

    private void Make(string entry, string name)
    {
        string path = Path.Combine(_folder.FullName, "sys", entry);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "name"), name + "\n");
    }
}
