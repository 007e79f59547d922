// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>PRE-FETCH on a file: its pages are in the page cache afterwards.</summary>
[Collection(DeviceCollection.Name)]
public sealed unsafe partial class FilePreFetchTests : LeakChecked
{
    private const int Length = 4 << 20;
    private const int WillNotNeed = 4; // POSIX_FADV_DONTNEED

    [Theory]
    [InlineData("ring", false)]
    [InlineData("ring", true)]
    [InlineData("threads", false)]
    [InlineData("threads", true)]
    public void Blocks_are_in_the_page_cache(string engineName, bool immediate)
    {
        using TemporaryFile temporary = new(Length);
        using FileStream file = File.Open(temporary.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        int fd = (int)file.SafeFileHandle.DangerousGetHandle();
        IIoEngine engine = Engine(engineName);
        FileStore? store = FileStore.Open(temporary.Path, new FileStoreOptions(ReadOnly: false, Direct: false), engine, out string problem);
        Assert.True(store is not null, problem);
        using ScsiFixture fixture = new(store, engine);
        using FrontEndDevice guest = fixture.Attach();
        file.Flush(flushToDisk: true);
        Assert.Equal(0, posix_fadvise(fd, 0, 0, WillNotNeed));
        Assert.SkipWhen(InCache(fd, 1 << 20) > 0, "pages cannot be dropped, or not be looked for, in this file system");

        // 1 MiB from the second one on.
        Reply reply = guest.Scsi($"90 {(immediate ? "02" : "00")} 0000000000000800 00000800 00 00");
        Assert.Equal((0, 0), (reply.Response, reply.Status));
        if (immediate)
            Assert.True(SpinWait.SpinUntil(() => InCache(fd, 1 << 20) == 1 << 20, TimeSpan.FromSeconds(20)));
        Assert.Equal(1 << 20, InCache(fd, 1 << 20));
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("threads")]
    public void A_file_that_was_cut_off_is_a_medium_error(string engineName)
    {
        using TemporaryFile temporary = new(Length);
        IIoEngine engine = Engine(engineName);
        FileStore? store = FileStore.Open(temporary.Path, new FileStoreOptions(ReadOnly: false, Direct: false), engine, out string problem);
        Assert.True(store is not null, problem);
        using ScsiFixture fixture = new(store, engine);
        using FrontEndDevice guest = fixture.Attach();
        using (FileStream file = File.OpenWrite(temporary.Path))
            file.SetLength(4096);
        Assert.Equal("03/11/00", guest.Scsi("34 00 00000000 00 0010 00").Sense);
        Assert.Equal(0, guest.Scsi("34 00 00000000 00 0008 00").Status);
    }

    private static IIoEngine Engine(string name)
    {
        if (name == "threads")
            return new ThreadEngine();
        Assert.SkipWhen(RingEngine.Create(out RingEngine? ring).IsError, "no io_uring here");
        return ring!;
    }

    // Bytes from the start of the second MiB that can be read without waiting.
    private static int InCache(int fd, int most)
    {
        byte* memory = (byte*)NativeMemory.Alloc((nuint)most);
        IoVec piece = new(memory, (nuint)most);
        nint n = DiskIo.ReadNoWait(fd, &piece, 1, 1 << 20, out Errno errno);
        NativeMemory.Free(memory);
        return errno == Errno.EAGAIN ? 0 : (int)n;
    }

    [LibraryImport("libc")]
    private static partial int posix_fadvise(int fd, long offset, long length, int advice);

    /// <summary>On a disk, and gone when it is disposed.</summary>
    private sealed class TemporaryFile : IDisposable
    {
        internal TemporaryFile(int length) => File.WriteAllBytes(Path, new byte[length]);

        internal string Path { get; } = $"/var/tmp/scsi-prefetch-{Guid.NewGuid():N}";

        public void Dispose() => File.Delete(Path);
    }
}
