// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Tests.Shared;

namespace VhostDevice.Linux.Tests;

/// <summary>With the kernel's own function where it has one; the ways around it with functions of the test.</summary>
public unsafe class VdsoRandomTests : LeakChecked
{
    private static int s_fills;

    [Fact]
    public void The_kernel_offers_it_from_6_12_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(6, 12), "an older kernel");
        using VdsoRandom random = New();
    }

    [Fact]
    public void It_fills_all_and_nothing_else_at_every_length()
    {
        using VdsoRandom random = New();
        byte[] bytes = new byte[5002];
        fixed (byte* p = bytes)
        {
            for (int length = 0; length <= 5000; length++)
            {
                Array.Clear(bytes);
                Assert.Equal(length, random.Fill(p + 1, (nuint)length, out Errno errno));
                errno.Ok();
                Assert.Equal(0, bytes[0]);
                Assert.Equal(-1, bytes.AsSpan(length + 1).IndexOfAnyExcept((byte)0));
                // A run of 16 zeros happens once in 2^128 times.
                if (length >= 16)
                    Assert.NotEqual(-1, bytes.AsSpan(1, 16).IndexOfAnyExcept((byte)0));
                if (length >= 32)
                    Assert.NotEqual(-1, bytes.AsSpan(length - 15, 16).IndexOfAnyExcept((byte)0));
            }
        }
    }

    /// <summary>Each bit of a byte is set about half the time, and no block comes twice.</summary>
    [Fact]
    public void It_looks_random()
    {
        using VdsoRandom random = New();
        const int Blocks = 20_000;
        HashSet<UInt128> seen = [];
        int[] set = new int[128];
        for (int i = 0; i < Blocks; i++)
        {
            UInt128 block;
            Assert.Equal(sizeof(UInt128), random.Fill((byte*)&block, (nuint)sizeof(UInt128)));
            Assert.True(seen.Add(block));
            for (int bit = 0; bit < 128; bit++)
                set[bit] += (int)((block >> bit) & 1);
        }

        // Seven standard deviations of a fair coin: sqrt(20000) / 2 ≈ 71.
        Assert.All(set, n => Assert.InRange(n, (Blocks / 2) - 500, (Blocks / 2) + 500));
    }

    [Fact]
    public void Two_of_them_differ()
    {
        using VdsoRandom one = New();
        using VdsoRandom other = New();
        Assert.NotEqual(one.State, other.State);
        UInt128 a;
        UInt128 b;
        one.Fill((byte*)&a, (nuint)sizeof(UInt128));
        other.Fill((byte*)&b, (nuint)sizeof(UInt128));
        Assert.NotEqual(a, b);
    }

    [Fact]
    public void It_allocates_nothing()
    {
        using VdsoRandom random = New();
        byte* buffer = stackalloc byte[64];
        for (int i = 0; i < 1_000; i++)
            random.Fill(buffer, 64);
        long least = Allocated.Least(() =>
        {
            for (int i = 0; i < 100_000; i++)
                random.Fill(buffer, 64);
        });
        Assert.Equal(0, least);
    }

    [Fact]
    public void Dispose_unmaps_once_and_the_system_call_remains()
    {
        VdsoRandom random = New();
        // Several, because somebody else may get the address of one as soon as it is free.
        VdsoRandom[] more = [.. Enumerable.Range(0, 7).Select(static _ => New()), random];
        nint[] states = [.. more.Select(static r => r.State)];
        Assert.All(states, static s => Assert.True(IsMapped(s)));
        foreach (VdsoRandom each in more)
            each.Dispose();
        Assert.Contains(states, static s => !IsMapped(s));
        random.Dispose();
        UInt128 block = 0;
        Assert.Equal(sizeof(UInt128), random.Fill((byte*)&block, (nuint)sizeof(UInt128), out Errno errno));
        errno.Ok();
        Assert.NotEqual(UInt128.Zero, block);
    }

    [Fact]
    public void Finalization_unmaps_what_was_forgotten()
    {
        // Several, because somebody else may get the address of one as soon as it is free.
        nint[] states = [.. Enumerable.Range(0, 8).Select(_ => Forget())];
        for (int i = 0; i < 10 && states.All(IsMapped); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Contains(states, s => !IsMapped(s));
    }

    [Fact]
    public void A_function_that_does_not_answer_is_not_used()
    {
        Assert.False(VdsoRandom.TryCreate((nint)(delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint>)&NeverReady, out VdsoRandom? random));
        Assert.Null(random);
        Assert.False(VdsoRandom.TryCreate((nint)(delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint>)&HugeState, out random));
        Assert.Null(random);
        Assert.False(VdsoRandom.TryCreate((nint)(delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint>)&BadMapping, out random));
        Assert.Null(random);
    }

    [Fact]
    public void A_refusal_is_answered_by_the_system_call()
    {
        Assert.True(VdsoRandom.TryCreate((nint)(delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint>)&RefusesToFill, out VdsoRandom? random));
        using (random)
        {
            s_fills = 0;
            UInt128 block = 0;
            Assert.Equal(sizeof(UInt128), random!.Fill((byte*)&block, (nuint)sizeof(UInt128), out Errno errno));
            errno.Ok();
            Assert.NotEqual(UInt128.Zero, block);
            Assert.Equal(1, s_fills);
        }
    }

    private static VdsoRandom New()
    {
        Assert.SkipUnless(VdsoRandom.TryCreate(out VdsoRandom? random), "this kernel has no getrandom in its vDSO");
        return random!;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Forget() => New().State;

    private static bool IsMapped(nint address) =>
        File.ReadLines("/proc/self/maps").Any(l =>
        {
            string[] range = l.Split(' ')[0].Split('-');
            return (ulong)address >= Convert.ToUInt64(range[0], 16) && (ulong)address < Convert.ToUInt64(range[1], 16);
        });

    [UnmanagedCallersOnly]
    private static nint NeverReady(byte* buffer, nuint length, uint flags, void* state, nuint stateSize) => -Errno.ENOSYS.Code;

    [UnmanagedCallersOnly]
    private static nint HugeState(byte* buffer, nuint length, uint flags, void* state, nuint stateSize) => Want(state, stateSize, 1 << 20, 0x22);

    /// <summary>Neither shared nor private.</summary>
    [UnmanagedCallersOnly]
    private static nint BadMapping(byte* buffer, nuint length, uint flags, void* state, nuint stateSize) => Want(state, stateSize, 144, 0);

    [UnmanagedCallersOnly]
    private static nint RefusesToFill(byte* buffer, nuint length, uint flags, void* state, nuint stateSize)
    {
        if (stateSize == nuint.MaxValue)
            return Want(state, stateSize, 144, 0x22);
        s_fills++;
        return -Errno.ENOSYS.Code;
    }

    private static nint Want(void* parameters, nuint stateSize, uint size, int mapFlags)
    {
        Assert.Equal(nuint.MaxValue, stateSize);
        *(VGetrandomOpaqueParams*)parameters = new VGetrandomOpaqueParams
        {
            StateSize = size,
            MapProtection = Libc.PROT_READ | Libc.PROT_WRITE,
            MapFlags = mapFlags,
        };
        return 0;
    }
}
