// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Scsi;

/// <summary>What is refused, with a line that says what to do.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CommandLineTests()
    {
        File.WriteAllBytes(_folder.At("image"), new byte[4096]);
        File.WriteAllBytes(_folder.At("short"), new byte[100]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("no-image cannot be opened for reading and writing: No such file or directory", "no-image")]
    [InlineData("no-image cannot be opened for reading: No such file or directory", "-r", "no-image")]
    [InlineData(
        "{}/image is in use by another program or as another unit, and two that write to it would destroy what is on "
            + "it: end the other one, or write path={}/image,share=on for both if they are meant to share it",
        "{}/image",
        "{}/image")]
    [InlineData("/dev/null is neither a file nor a block device", "/dev/null")]
    [InlineData("{}/short is shorter than a block of 512 bytes", "{}/short")]
    [InlineData("--image-folder {}/none is no folder", "--control-socket", "{}/c", "--image-folder", "{}/none")]
    public void Values(string expected, params string[] arguments) => Assert.Equal("vhost-device: " + At(expected), Run(arguments).RuntimeError());

    [Theory]
    [InlineData("--num-queues 0 is not possible: 1 to 64", "--num-queues", "0")]
    [InlineData("--num-queues 65 is not possible: 1 to 64", "--num-queues", "65")]
    [InlineData(
        "path={}/image,size=3: 'size' is no option of an image: path, memory, null, format, read-only, share, "
            + "block-size, physical-block-size, serial, wwn, rotation, thin, product, target, lun, reservations, modes",
        "path={}/image,size=3")]
    [InlineData("path={}/image,format=qcow2: format=qcow2: raw, which is what every image is served as", "path={}/image,format=qcow2")]
    [InlineData("path={}/image,block-size=1024: block-size=1024: 512 or 4096", "path={}/image,block-size=1024")]
    [InlineData("memory=2G: memory=2G: bytes, or with K, M or G behind them, up to 1G", "memory=2G")]
    [InlineData("memory=1M,null=1M: path, memory and null exclude each other", "memory=1M,null=1M")]
    [InlineData("memory=1M,lun=16384: lun=16384: 0 to 16383", "memory=1M,lun=16384")]
    [InlineData("memory=1M,wwn=xyz: wwn=xyz: 16 hexadecimal digits, such as 0x3000000000000001", "memory=1M,wwn=xyz")]
    [InlineData(
        "memory=1M,target=0: there is a unit 0:0 already; give target= and lun= so that no two are the same",
        "memory=1M",
        "memory=1M,target=0")]
    public void Images(string expected, params string[] arguments) => Assert.Equal("vhost-device: " + At(expected), Run(arguments).UsageError());

    private CommandResult Run(string[] arguments) => Command.Program(["scsi", "-s", _folder.At("scsi"), .. arguments.Select(At)]);

    private string At(string text) => text.Replace("{}", _folder.Path, StringComparison.Ordinal);
}
