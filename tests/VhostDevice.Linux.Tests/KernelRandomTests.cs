// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public unsafe class KernelRandomTests : LeakChecked
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(100_000)]
    public void It_fills_all_and_nothing_else(int length)
    {
        byte[] bytes = new byte[length + 2];
        fixed (byte* p = bytes)
        {
            Assert.Equal(length, KernelRandom.Fill(p + 1, (nuint)length, out Errno errno));
            errno.Ok();
        }

        Assert.Equal(0, bytes[0]);
        Assert.Equal(0, bytes[^1]);
        if (length >= 256)
            Assert.True(bytes.Distinct().Count() > 100);
    }

    [Fact]
    public void No_two_answers_are_alike()
    {
        UInt128 first;
        UInt128 second;
        Assert.Equal(sizeof(UInt128), KernelRandom.Fill((byte*)&first, (nuint)sizeof(UInt128), out _));
        Assert.Equal(sizeof(UInt128), KernelRandom.Fill((byte*)&second, (nuint)sizeof(UInt128), out _));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void A_bad_address_is_an_error_value()
    {
        Assert.Equal(-1, KernelRandom.Fill((byte*)1, 16, out Errno errno));
        Assert.Equal(Errno.EFAULT, errno);
    }
}
