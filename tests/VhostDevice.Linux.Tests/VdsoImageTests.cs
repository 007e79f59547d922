// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>Reading this machine's own vDSO, and copies of it that are damaged.</summary>
public class VdsoImageTests
{
    // In the vDSO of x64 and of arm64 since before .NET ran there.
    private static byte[] Known => System.Text.Encoding.ASCII.GetBytes(
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64
            ? "__vdso_clock_gettime"
            : "__kernel_clock_gettime");

    [Fact]
    public void A_known_function_is_found()
    {
        byte[] image = Copy();
        Assert.True(new VdsoImage(image).TryFunction(Known, out int offset));
        Assert.InRange(offset, 1, image.Length - 1);
    }

    [Theory]
    [InlineData("__vdso_no_such_function")]
    [InlineData("__vdso_clock_gettim")]
    [InlineData("__kernel_clock_gettim")]
    [InlineData("LINUX_2.6")] // a version, no function
    [InlineData("")]
    public void Nothing_else_is_found(string name) =>
        Assert.False(new VdsoImage(Copy()).TryFunction(System.Text.Encoding.ASCII.GetBytes(name), out _));

    [Fact]
    public void A_cut_image_finds_nothing_or_the_same()
    {
        byte[] image = Copy();
        Assert.True(new VdsoImage(image).TryFunction(Known, out int whole));
        for (int length = 0; length < image.Length; length++)
        {
            if (new VdsoImage(image.AsSpan(0, length)).TryFunction(Known, out int offset))
                Assert.Equal(whole, offset);
        }
    }

    /// <summary>Every byte of the image in turn is made wrong: no read leaves the image, which would throw, and no look-up hangs.</summary>
    [Theory]
    [InlineData(0x00)]
    [InlineData(0x7f)]
    [InlineData(0xff)]
    public void A_damaged_image_is_read_within_its_bounds(byte wrong)
    {
        byte[] image = Copy();
        for (int i = 0; i < image.Length; i++)
        {
            byte right = image[i];
            image[i] = wrong;
            if (new VdsoImage(image).TryFunction(Known, out int offset))
                Assert.InRange(offset, 0, image.Length - 1);
            image[i] = right;
        }
    }

    [Fact]
    public void Random_damage_is_read_within_its_bounds()
    {
        byte[] image = Copy();
        Random random = new(1);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. image];
            // Where the tables are: most of the rest is code.
            for (int n = random.Next(1, 8); n > 0; n--)
                damaged[random.Next(Math.Min(2048, damaged.Length))] = (byte)random.Next(256);
            if (new VdsoImage(damaged).TryFunction(Known, out int offset))
                Assert.InRange(offset, 0, damaged.Length - 1);
        }
    }

    private static byte[] Copy()
    {
        Assert.SkipUnless(VdsoImage.TryFind(out VdsoImage vdso, out nint start), "this process has no vDSO");
        Assert.NotEqual(0, start);
        return vdso.Bytes.ToArray();
    }
}
